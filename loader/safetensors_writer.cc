#include "loader/safetensors_writer.h"

#include <algorithm>
#include <string_view>
#include <tuple>

#include <fmt/format.h>

#include "fbert/error.h"
#include "loader/atomic_file.h"
#include "loader/json.h"
#include "loader/safetensors_header.h"
#include "loader/utf8.h"

namespace fbert {
namespace {

[[noreturn]] void fail_writing(const std::filesystem::path& path, const std::string& problem) {
  throw Error(ErrorCode::kInternal, fmt::format("{}: {}", path.string(), problem));
}

// Types of one size keep one order: descending size means that every tensor begins at a multiple of its element size.
bool is_before(const TensorSource& a, const TensorSource& b) {
  const size_t a_bits = bits_of(a.dtype), b_bits = bits_of(b.dtype);
  return std::tie(b_bits, a.name) < std::tie(a_bits, b.name);
}

bool is_utf8(std::string_view text) { return valid_utf8_prefix(text) == text.size(); }

// What JSON cannot carry or the format reserves; the rest is judged on the header itself.
void check_texts(const std::filesystem::path& path, const std::vector<TensorSource>& tensors,
                 const std::map<std::string, std::string>& metadata) {
  for (const TensorSource& tensor : tensors) {
    if (tensor.name == kMetadataKey)
      fail_writing(path, fmt::format("tensor {}: a reserved name", escaped(tensor.name)));
    if (!is_utf8(tensor.name))
      fail_writing(path, fmt::format("tensor {}: a name in invalid UTF-8", escaped(tensor.name)));
  }
  for (const auto& [key, value] : metadata) {
    if (!is_utf8(key) || !is_utf8(value)) fail_writing(path, fmt::format("metadata {}: invalid UTF-8", escaped(key)));
  }
}

std::string header_of(const std::vector<TensorSource>& tensors, const std::map<std::string, std::string>& metadata) {
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
  check_texts(path, tensors, metadata);
  const std::string header = header_of(tensors, metadata);
  uint64_t file_size = sizeof(uint64_t) + header.size();
  for (const TensorSource& tensor : tensors) file_size += tensor.data.size();
  try {
    if (header.size() > kMaxHeaderBytes) fail_writing(path, fmt::format("a header of {} bytes", header.size()));
    parse_header(header, file_size, path.string());
  } catch (const Error& error) {
    throw Error(ErrorCode::kInternal, error.what());  // what the reader would refuse is not written
  }

  AtomicFile file(path);
  file.write(length_field(header.size()));
  file.write(header);
  for (const TensorSource& tensor : tensors) file.write(tensor.data);
  file.commit();
}

}  // namespace fbert
