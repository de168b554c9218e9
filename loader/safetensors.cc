#include "loader/safetensors.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "fbert/error.h"
#include "loader/input_file.h"
#include "loader/safetensors_header.h"
#include "loader/sha256.h"
#include "loader/text_file.h"
#include "loader/widen.h"

namespace fbert {

static_assert(std::endian::native == std::endian::little, "safetensors data is little-endian and read as it is");

struct SafeTensors::Impl {
  std::string source;
  InputFile file;                     // either this
  std::span<const std::byte> memory;  // or this
  bool in_memory = false;
  SafeTensorsHeader header;

  void read_at(uint64_t offset, std::span<std::byte> out) const {
    if (!in_memory) return file.read_at(offset, out);
    if (!out.empty()) std::memcpy(out.data(), memory.data() + offset, out.size());
  }

  // `to_floats` returns how many values it could convert.
  template <typename T, typename ToFloats>
  void convert(const TensorInfo& tensor, uint64_t first, std::span<float> out, ToFloats to_floats) const {
    constexpr size_t kBlock = (size_t{32} << 10) / sizeof(T);  // stays in the first-level cache between the two
    std::array<T, kBlock> block;
    for (size_t done = 0; done < out.size(); done += kBlock) {
      const auto part = std::span(block).first(std::min(kBlock, out.size() - done));
      read_at(tensor.begin + (first + done) * sizeof(T), std::as_writable_bytes(part));
      const size_t good = to_floats(std::span<const T>(part), out.data() + done);
      if (good == part.size()) continue;
      fail(tensor.name,
           fmt::format("value {} is {}, which is beyond the range of F32", first + done + good, part[good]));
    }
  }

  [[noreturn]] void fail(std::string_view tensor, const std::string& problem, ErrorCode code = ErrorCode::kData) const {
    throw Error(code, fmt::format("{}: tensor {}: {}", source, escaped(tensor), problem));
  }

  void require_size(const TensorInfo& tensor, uint64_t expected, uint64_t found) const {
    if (expected == found) return;
    fail(tensor.name, fmt::format("a buffer for {} given, {} needed", found, expected), ErrorCode::kInternal);
  }

  void require_part(const TensorInfo& tensor, uint64_t first, uint64_t count, uint64_t all) const {
    if (first <= all && count <= all - first) return;
    fail(tensor.name, fmt::format("{} from {} asked for, it has {}", count, first, all), ErrorCode::kInternal);
  }
};

SafeTensors::SafeTensors(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SafeTensors::SafeTensors(SafeTensors&&) noexcept = default;
SafeTensors& SafeTensors::operator=(SafeTensors&&) noexcept = default;
SafeTensors::~SafeTensors() = default;

SafeTensors SafeTensors::open(const std::filesystem::path& path) { return open(InputFile(path), path); }

SafeTensors SafeTensors::open(InputFile file, const std::filesystem::path& path) {
  auto impl = std::make_unique<Impl>();
  impl->source = path.string();
  impl->file = std::move(file);
  const uint64_t file_size = impl->file.size();

  std::array<std::byte, kKindBytes> start = {};
  const auto filled = std::span(start).first(static_cast<size_t>(std::min<uint64_t>(start.size(), file_size)));
  impl->file.read_at(0, filled);
  std::string text(static_cast<size_t>(read_header_length(filled, file_size, impl->source)), '\0');
  impl->file.read_at(kLengthBytes, std::as_writable_bytes(std::span(text)));
  impl->header = parse_header(text, file_size, impl->source);
  return SafeTensors(std::move(impl));
}

SafeTensors SafeTensors::parse(std::span<const std::byte> bytes, std::string source) {
  auto impl = std::make_unique<Impl>();
  impl->source = std::move(source);
  impl->memory = bytes;
  impl->in_memory = true;
  const auto start = bytes.first(std::min<size_t>(bytes.size(), kKindBytes));
  const auto length = static_cast<size_t>(read_header_length(start, bytes.size(), impl->source));
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()) + kLengthBytes, length);
  impl->header = parse_header(text, bytes.size(), impl->source);
  return SafeTensors(std::move(impl));
}

void SafeTensors::strip_names(size_t bytes) {
  for (TensorInfo& tensor : impl_->header.tensors) tensor.name.erase(0, bytes);
}

const std::vector<TensorInfo>& SafeTensors::tensors() const { return impl_->header.tensors; }
const std::map<std::string, std::string>& SafeTensors::metadata() const { return impl_->header.metadata; }
const std::string& SafeTensors::source() const { return impl_->source; }
uint64_t SafeTensors::file_size() const { return impl_->in_memory ? impl_->memory.size() : impl_->file.size(); }

std::string SafeTensors::sha256() const {
  Sha256 sum;
  std::vector<std::byte> buffer(size_t{1} << 16);
  for (uint64_t at = 0; at < file_size();) {
    const auto part = std::span(buffer).first(std::min<size_t>(buffer.size(), file_size() - at));
    impl_->read_at(at, part);
    sum.update(part);
    at += part.size();
  }
  return sum.hex();
}

const TensorInfo* SafeTensors::find(std::string_view name) const {
  const auto& [tensors, by_name, metadata] = impl_->header;
  const auto is_before = [&all = tensors](uint32_t index, std::string_view wanted) { return all[index].name < wanted; };
  const auto found = std::lower_bound(by_name.begin(), by_name.end(), name, is_before);
  if (found == by_name.end() || tensors[*found].name != name) return nullptr;
  return &tensors[*found];
}

const TensorInfo& SafeTensors::get(std::string_view name, const Shape& shape) const {
  const TensorInfo* tensor = find(name);
  if (tensor == nullptr) impl_->fail(name, "missing");
  if (tensor->shape != shape) {
    impl_->fail(name, fmt::format("expected shape {}, found {}", to_string(shape), to_string(tensor->shape)));
  }
  return *tensor;
}

void SafeTensors::read_bytes(const TensorInfo& tensor, std::span<std::byte> out) const {
  impl_->require_size(tensor, tensor.bytes(), out.size());
  impl_->read_at(tensor.begin, out);
}

void SafeTensors::read_bytes(const TensorInfo& tensor, uint64_t first, std::span<std::byte> out) const {
  impl_->require_part(tensor, first, out.size(), tensor.bytes());
  impl_->read_at(tensor.begin + first, out);
}

void SafeTensors::read_f32(const TensorInfo& tensor, std::span<float> out) const {
  impl_->require_size(tensor, tensor.elements(), out.size());
  read_f32(tensor, 0, out);
}

void SafeTensors::read_f32(const TensorInfo& tensor, uint64_t first, std::span<float> out) const {
  impl_->require_part(tensor, first, out.size(), tensor.elements());
  switch (tensor.dtype) {
    case DType::kF32:
      return impl_->read_at(tensor.begin + first * sizeof(float), std::as_writable_bytes(out));
    case DType::kF16:
      return impl_->convert<uint16_t>(tensor, first, out, [](auto in, float* values) {
        widen_f16(in, values);
        return in.size();
      });
    case DType::kBF16:
      return impl_->convert<uint16_t>(tensor, first, out, [](auto in, float* values) {
        widen_bf16(in, values);
        return in.size();
      });
    case DType::kF64:
      return impl_->convert<double>(tensor, first, out, narrow_f64);
    default:
      impl_->fail(tensor.name, fmt::format("expected type F32, F16, BF16 or F64, found {}", name_of(tensor.dtype)));
  }
}

void SafeTensors::read_i8(const TensorInfo& tensor, std::span<int8_t> out) const {
  impl_->require_size(tensor, tensor.bytes(), out.size());
  read_i8(tensor, 0, out);
}

void SafeTensors::read_i8(const TensorInfo& tensor, uint64_t first, std::span<int8_t> out) const {
  if (tensor.dtype != DType::kI8) {
    impl_->fail(tensor.name, fmt::format("expected type I8, found {}", name_of(tensor.dtype)));
  }
  impl_->require_part(tensor, first, out.size(), tensor.elements());
  impl_->read_at(tensor.begin + first, std::as_writable_bytes(out));
}

}  // namespace fbert
