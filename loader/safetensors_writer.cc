#include "loader/safetensors_writer.h"

#include <algorithm>
#include <array>
#include <tuple>

#include <fmt/format.h>

#include "loader/atomic_file.h"
#include "loader/error.h"
#include "loader/json.h"
#include "loader/safetensors_header.h"

namespace fbert {
namespace {

[[noreturn]] void fail(const std::filesystem::path& path, const std::string& name, const std::string& problem) {
  throw Error(ErrorCode::kInternal, fmt::format("{}: tensor {}: {}", path.string(), escaped(name), problem));
}

// Types of one size keep one order: descending size means that every tensor begins at a multiple of its element size.
bool is_before(const TensorSource& a, const TensorSource& b) {
  const size_t a_bits = bits_of(a.dtype), b_bits = bits_of(b.dtype);
  return std::tie(b_bits, a.name) < std::tie(a_bits, b.name);
}

void check(const std::filesystem::path& path, const std::vector<TensorSource>& tensors) {
  for (size_t i = 0; i < tensors.size(); ++i) {
    const TensorSource& tensor = tensors[i];
    if (tensor.name == kMetadataKey) fail(path, tensor.name, "a reserved name");
    uint64_t bits = bits_of(tensor.dtype);
    bool fits = true;
    for (const uint64_t dimension : tensor.shape) fits = fits && !__builtin_mul_overflow(bits, dimension, &bits);
    if (!fits || bits % 8 != 0 || bits / 8 != tensor.data.size()) {
      fail(path, tensor.name,
           fmt::format("{} bytes do not match shape {} of {}", tensor.data.size(), to_string(tensor.shape),
                       name_of(tensor.dtype)));
    }
  }
  std::vector<std::string_view> names;
  for (const TensorSource& tensor : tensors) names.push_back(tensor.name);
  std::sort(names.begin(), names.end());
  const auto duplicate = std::adjacent_find(names.begin(), names.end());
  if (duplicate != names.end()) fail(path, std::string(*duplicate), "a duplicate name");
}

std::string header_of(const std::vector<TensorSource>& tensors, const std::map<std::string, std::string>& metadata) {
  // Keys in the order of writing: `dump` alone would sort them.
  const auto text = [](const auto& value) { return Json(value).dump(); };
  std::string header = "{";
  const auto separate = [&] {
    if (header.size() > 1) header += ',';
  };
  if (!metadata.empty()) header += fmt::format("{}:{}", text(kMetadataKey), text(metadata));
  uint64_t offset = 0;
  for (const TensorSource& tensor : tensors) {
    separate();
    const uint64_t end = offset + tensor.data.size();
    header += fmt::format(R"({}:{{"dtype":"{}","shape":{},"data_offsets":[{},{}]}})", text(tensor.name),
                          name_of(tensor.dtype), text(tensor.shape), offset, end);
    offset = end;
  }
  header += '}';
  header.append((8 - header.size() % 8) % 8, ' ');
  return header;
}

}  // namespace

void write_safetensors(const std::filesystem::path& path, std::vector<TensorSource> tensors,
                       const std::map<std::string, std::string>& metadata) {
  std::sort(tensors.begin(), tensors.end(), is_before);
  check(path, tensors);
  const std::string header = header_of(tensors, metadata);
  if (header.size() > kMaxHeaderBytes) {
    throw Error(ErrorCode::kInternal, fmt::format("{}: a header of {} bytes", path.string(), header.size()));
  }
  std::array<std::byte, 8> length = {};
  for (size_t i = 0; i < length.size(); ++i) length[i] = static_cast<std::byte>(uint64_t{header.size()} >> (8 * i));

  AtomicFile file(path);
  file.write(length);
  file.write(header);
  for (const TensorSource& tensor : tensors) file.write(tensor.data);
  file.commit();
}

}  // namespace fbert
