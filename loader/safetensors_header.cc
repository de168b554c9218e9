#include "loader/safetensors_header.h"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "fbert/error.h"
#include "loader/json_scanner.h"
#include "loader/text_file.h"

namespace fbert {
namespace {

[[noreturn]] void fail_header(const std::string& source, const std::string& problem) {
  throw Error(ErrorCode::kData, fmt::format("{}: {}", source, problem));
}

// What people pass by mistake, told from its first bytes.
std::string kind_hint(std::string_view start) {
  const std::string_view kind = start.starts_with('{') ? "JSON text" : kind_of_file(start);
  return kind.empty() ? "" : fmt::format(" (this looks like {})", kind);
}

// Some kinds of files begin with a number that may be a length; their "header" is no JSON.
void check_begins_with_object(std::string_view text, const std::string& source) {
  const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  const auto first = std::find_if_not(text.begin(), text.end(), is_space);
  if (first == text.end() || *first == '{') return;
  const auto position = static_cast<size_t>(first - text.begin());
  fail_header(source, fmt::format("header: byte {}: expected an object, found {}{}", position,
                                  escaped(text.substr(position, 1)),
                                  kind_hint(length_field(text.size()).append(text.substr(0, kKindBytes)))));
}

bool multiply(uint64_t a, uint64_t b, uint64_t& product) { return !__builtin_mul_overflow(a, b, &product); }

// Accepts exactly the grammar of a header and collects its entries; offsets stay relative to the data.
class HeaderParser {
 public:
  HeaderParser(std::string_view text, const std::string& source)
      : in_(text, fmt::format("{}: header", source), kMaxTextBytes) {}

  SafeTensorsHeader parse() {
    for (bool more = in_.begin('{', '}'); more; more = in_.next('}')) {
      std::string name(in_.key());
      if (name == kMetadataKey) {
        read_metadata();
      } else {
        read_tensor(std::move(name));
      }
    }
    in_.end();
    return std::move(header_);
  }

 private:
  void count_text(size_t bytes) {
    text_bytes_ += bytes;
    if (text_bytes_ > kMaxTextBytes) {
      in_.fail(fmt::format("names and metadata take more than {} bytes", kMaxTextBytes));
    }
  }

  void read_metadata() {
    in_.set_context({}, {}, kMetadataKey);
    if (std::exchange(has_metadata_, true)) in_.fail("duplicate key");
    for (bool more = in_.begin('{', '}'); more; more = in_.next('}')) {
      std::string key(in_.key());
      in_.set_context("metadata", key, {});
      const std::string_view value = in_.string();
      count_text(key.size() + value.size());
      const auto [entry, inserted] = header_.metadata.emplace(std::move(key), value);
      if (!inserted) {
        in_.set_context("metadata", entry->first, {});
        in_.fail("duplicate key");
      }
      if (header_.metadata.size() > kMaxMetadataEntries) {
        in_.fail(fmt::format("more than {} entries of metadata", kMaxMetadataEntries));
      }
      in_.set_context({}, {}, kMetadataKey);
    }
    in_.clear_context();
  }

  void read_tensor(std::string name) {
    if (header_.tensors.size() == kMaxTensors) in_.fail(fmt::format("more than {} tensors", kMaxTensors));
    count_text(name.size());
    TensorInfo& tensor = header_.tensors.emplace_back();
    tensor.name = std::move(name);

    bool has_dtype = false, has_shape = false, has_offsets = false;
    const auto enter = [&](std::string_view key, bool& seen) {
      in_.set_context("tensor", tensor.name, key);
      if (std::exchange(seen, true)) in_.fail("duplicate key");
    };
    in_.set_context("tensor", tensor.name, {});
    for (bool more = in_.begin('{', '}'); more; more = in_.next('}')) {
      const std::string_view key = in_.key();
      if (key == "dtype") {
        enter("dtype", has_dtype);
        read_dtype(tensor);
      } else if (key == "shape") {
        enter("shape", has_shape);
        read_shape(tensor);
      } else if (key == "data_offsets") {
        enter("data_offsets", has_offsets);
        read_offsets(tensor);
      } else {
        in_.fail(fmt::format("unknown key {}, expected 'dtype', 'shape' and 'data_offsets'", escaped(key)));
      }
      in_.set_context("tensor", tensor.name, {});
    }
    if (!has_dtype) in_.fail("'dtype' is missing");
    if (!has_shape) in_.fail("'shape' is missing");
    if (!has_offsets) in_.fail("'data_offsets' is missing");
    in_.clear_context();
  }

  void read_dtype(TensorInfo& tensor) {
    const std::string_view name = in_.string();
    const std::optional<DType> dtype = dtype_of(name);
    if (!dtype) in_.fail(fmt::format("unknown type {}", escaped(name)));
    tensor.dtype = *dtype;
  }

  void read_shape(TensorInfo& tensor) {
    for (bool more = in_.begin('[', ']'); more; more = in_.next(']')) {
      if (++dimensions_ > kMaxDimensions) {
        in_.fail(fmt::format("more than {} dimensions in all tensors", kMaxDimensions));
      }
      tensor.shape.push_back(in_.unsigned_integer());
    }
  }

  void read_offsets(TensorInfo& tensor) {
    size_t count = 0;
    for (bool more = in_.begin('[', ']'); more; more = in_.next(']')) {
      const uint64_t value = in_.unsigned_integer();
      if (++count == 1) tensor.begin = value;
      if (count == 2) tensor.end = value;
      if (count > 2) break;
    }
    if (count != 2) in_.fail(fmt::format("expected two offsets, found {}", count > 2 ? "more" : "fewer"));
  }

  JsonScanner in_;
  SafeTensorsHeader header_;
  bool has_metadata_ = false;
  size_t text_bytes_ = 0;
  size_t dimensions_ = 0;
};

// Sorts by name; equal neighbours are the duplicate keys.
void index_names(SafeTensorsHeader& header, const std::string& source) {
  const auto& tensors = header.tensors;
  auto& by_name = header.by_name;
  by_name.resize(tensors.size());
  std::iota(by_name.begin(), by_name.end(), 0u);
  std::sort(by_name.begin(), by_name.end(), [&](uint32_t a, uint32_t b) { return tensors[a].name < tensors[b].name; });
  const auto same_name = [&](uint32_t a, uint32_t b) { return tensors[a].name == tensors[b].name; };
  const auto duplicate = std::adjacent_find(by_name.begin(), by_name.end(), same_name);
  if (duplicate != by_name.end()) {
    fail_header(source, fmt::format("header: tensor {}: duplicate key", escaped(tensors[*duplicate].name)));
  }
}

void check_size(const TensorInfo& tensor, const std::string& source) {
  const auto reject = [&](const std::string& problem) {
    fail_header(source, fmt::format("tensor {}: {}", escaped(tensor.name), problem));
  };
  uint64_t bits = 1;
  bool fits = true;
  for (const uint64_t dimension : tensor.shape) fits = fits && multiply(bits, dimension, bits);
  fits = fits && multiply(bits, bits_of(tensor.dtype), bits);
  if (!fits) reject(fmt::format("the size of shape {} overflows", to_string(tensor.shape)));
  if (bits % 8 != 0) {
    reject(
        fmt::format("shape {} of {} is not a whole number of bytes", to_string(tensor.shape), name_of(tensor.dtype)));
  }
  if (bits / 8 != tensor.bytes()) {
    reject(fmt::format("shape {} of {} takes {} bytes, data_offsets hold {}", to_string(tensor.shape),
                       name_of(tensor.dtype), bits / 8, tensor.bytes()));
  }
}

// The tensors must cover the data without a hole, an overlap or a rest.
void check_layout(const std::vector<TensorInfo>& tensors, uint64_t data_bytes, const std::string& source) {
  uint64_t covered = 0;
  const TensorInfo* previous = nullptr;
  for (const TensorInfo& tensor : tensors) {
    const auto reject = [&](const std::string& problem) {
      fail_header(source, fmt::format("tensor {}: data_offsets [{}, {}] {}", escaped(tensor.name), tensor.begin,
                                      tensor.end, problem));
    };
    if (tensor.begin != covered) {
      const char* fault = tensor.begin > covered ? "leave a hole" : "overlap";
      reject(previous == nullptr
                 ? fmt::format("{}: the first tensor begins at 0", fault)
                 : fmt::format("{}: tensor {} before it ends at {}", fault, escaped(previous->name), covered));
    }
    if (tensor.end < tensor.begin) reject("are reversed");
    if (tensor.end > data_bytes) reject(fmt::format("pass the end of the data, {} bytes", data_bytes));
    check_size(tensor, source);
    covered = tensor.end;
    previous = &tensor;
  }
  if (covered != data_bytes) {
    fail_header(source, fmt::format("the tensors cover {} of {} bytes of data, expected all", covered, data_bytes));
  }
}

}  // namespace

std::string length_field(uint64_t length) {
  std::string bytes;
  for (size_t i = 0; i < kLengthBytes; ++i) bytes += static_cast<char>(static_cast<uint8_t>(length >> (8 * i)));
  return bytes;
}

uint64_t read_header_length(std::span<const std::byte> start, uint64_t file_size, const std::string& source) {
  const std::string_view text(reinterpret_cast<const char*>(start.data()), start.size());
  const auto reject = [&](const std::string& problem) {
    fail_header(source, fmt::format("not a safetensors file: {}{}", problem, kind_hint(text)));
  };
  if (file_size == 0) reject("the file is empty, 0 bytes");
  if (file_size < kLengthBytes || start.size() < kLengthBytes) {
    reject(fmt::format("{} bytes, the length of the header alone takes {}", file_size, kLengthBytes));
  }
  uint64_t length = 0;
  for (size_t i = 0; i < kLengthBytes; ++i) length |= std::to_integer<uint64_t>(start[i]) << (8 * i);
  if (length > kMaxHeaderBytes) {
    reject(fmt::format("a header of {} bytes, at most {} are allowed", length, kMaxHeaderBytes));
  }
  if (length > file_size - kLengthBytes) {
    reject(fmt::format("a header of {} bytes in a file of {}", length, file_size));
  }
  return length;
}

SafeTensorsHeader parse_header(std::string_view text, uint64_t file_size, const std::string& source) {
  check_begins_with_object(text, source);
  SafeTensorsHeader header = HeaderParser(text, source).parse();
  std::sort(header.tensors.begin(), header.tensors.end(), [](const TensorInfo& a, const TensorInfo& b) {
    return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
  });
  index_names(header, source);
  const uint64_t data_begin = kLengthBytes + text.size();
  check_layout(header.tensors, file_size - data_begin, source);
  for (TensorInfo& tensor : header.tensors) {
    tensor.begin += data_begin;
    tensor.end += data_begin;
  }
  return header;
}

}  // namespace fbert
