// Tensors, read from a file that the reader accepts or made from the input, are written, read and written again: what
// is read is what was written, and the two files are the same bytes.
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "fbert/error.h"
#include "loader/atomic_file.h"
#include "loader/safetensors_writer.h"
#include "tests/fuzz/safetensors_input.h"
#include "tests/fuzz/target.h"

namespace fbert::fuzz_safetensors_roundtrip {
namespace {

using fbert::fuzz::require;

// Takes small numbers and texts from the front of the input; an empty input gives zeros.
class Input {
 public:
  explicit Input(std::span<const uint8_t> bytes) : bytes_(bytes) {}

  size_t number(size_t limit) {
    if (bytes_.empty()) return 0;
    const size_t value = bytes_.front() % limit;
    bytes_ = bytes_.subspan(1);
    return value;
  }
  std::string text(size_t limit) {
    const size_t wanted = number(limit);
    const size_t length = std::min(wanted, bytes_.size());
    const std::string value(reinterpret_cast<const char*>(bytes_.data()), length);
    bytes_ = bytes_.subspan(length);
    return value;
  }

 private:
  std::span<const uint8_t> bytes_;
};

struct Content {
  std::vector<fbert::TensorSource> tensors;
  std::vector<std::vector<std::byte>> data;
  std::map<std::string, std::string> metadata;
};

Content make_content(Input input) {
  Content content;
  for (size_t i = input.number(4); i > 0; --i) {
    const std::string key = input.text(20);
    content.metadata[key] = input.text(20);
  }
  const size_t count = input.number(6);
  for (size_t i = 0; i < count; ++i) {
    fbert::TensorSource tensor;
    tensor.name = input.text(20);
    tensor.dtype = static_cast<fbert::DType>(input.number(static_cast<size_t>(fbert::DType::kF4) + 1));
    size_t bits = fbert::bits_of(tensor.dtype);
    for (size_t rank = input.number(4); rank > 0; --rank) {
      tensor.shape.push_back(input.number(6));
      bits *= tensor.shape.back();
    }
    content.data.emplace_back(bits / 8, static_cast<std::byte>(input.number(256)));
    content.tensors.push_back(tensor);
  }
  for (size_t i = 0; i < count; ++i) content.tensors[i].data = content.data[i];
  return content;
}

Content read_content(const fbert::SafeTensors& file) {
  Content content;
  content.metadata = file.metadata();
  for (const fbert::TensorInfo& tensor : file.tensors()) {
    file.read_bytes(tensor, content.data.emplace_back(tensor.bytes()));
    content.tensors.push_back({tensor.name, tensor.dtype, tensor.shape, {}});
  }
  for (size_t i = 0; i < content.data.size(); ++i) content.tensors[i].data = content.data[i];
  return content;
}

void require_equal(const Content& expected, const fbert::SafeTensors& file, const Content& found) {
  require(found.metadata == expected.metadata && found.tensors.size() == expected.tensors.size());
  for (const fbert::TensorSource& tensor : expected.tensors) {
    const fbert::TensorInfo& info = file.get(tensor.name, tensor.shape);
    std::vector<std::byte> data(info.bytes());
    file.read_bytes(info, data);
    require(info.dtype == tensor.dtype && std::equal(data.begin(), data.end(), tensor.data.begin(), tensor.data.end()));
  }
}

// In memory where the system has such a folder: fsync on a disk would be most of the time.
std::filesystem::path scratch_file() {
  const std::filesystem::path memory = "/dev/shm";
  const auto folder = ::access(memory.c_str(), W_OK) == 0 ? memory : std::filesystem::temp_directory_path();
  return folder / ("fbert-fuzz-roundtrip-" + std::to_string(::getpid()) + ".safetensors");
}

}  // namespace

FBERT_FUZZ_TARGET(fuzz_safetensors_roundtrip) {
  static const std::filesystem::path path = scratch_file();
  const bool is_header = size > 0 && data[0] == '{';
  Content content;
  try {
    const std::vector<std::byte> file = fbert::fuzz::framed(std::as_bytes(std::span(data, size)));
    content = is_header ? read_content(fbert::SafeTensors::parse(file, "fuzz")) : make_content(Input({data, size}));
  } catch (const fbert::Error&) {
    return 0;
  }
  try {
    fbert::write_safetensors(path, content.tensors, content.metadata);
  } catch (const fbert::Error& error) {
    require(error.code() == fbert::ErrorCode::kInternal && !std::filesystem::exists(path));
    require(!is_header);  // whatever is read can be written
    return 0;
  }
  const std::string first = fbert::read_file(path, size_t{1} << 30);
  const fbert::SafeTensors file = fbert::SafeTensors::open(path);
  const Content found = read_content(file);
  require_equal(content, file, found);
  fbert::write_safetensors(path, found.tensors, found.metadata);
  require(fbert::read_file(path, size_t{1} << 30) == first);
  std::filesystem::remove(path);
  return 0;
}

}  // namespace fbert::fuzz_safetensors_roundtrip
