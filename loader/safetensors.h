#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fbert {

enum class DType {
  kBool,
  kU8,
  kI8,
  kI16,
  kU16,
  kF16,
  kBF16,
  kI32,
  kU32,
  kF32,
  kF64,
  kI64,
  kU64,
  kC64,
  kF8E4M3,
  kF8E5M2,
  kF8E8M0,
  kF8E4M3Fnuz,
  kF8E5M2Fnuz,
  kF6E2M3,
  kF6E3M2,
  kF4,
};

const char* name_of(DType dtype);                      // "F32"
std::optional<DType> dtype_of(std::string_view name);  // exact spelling
size_t bits_of(DType dtype);                           // per element
size_t size_of(DType dtype);                           // whole bytes per element; 0 for the types below 8 bits

using Shape = std::vector<uint64_t>;
std::string to_string(const Shape& shape);  // "[2, 3]"

// One entry of the header. Offsets are absolute in the file; the size of the data is that of shape and dtype.
struct TensorInfo {
  std::string name;
  DType dtype = DType::kF32;
  Shape shape;
  uint64_t begin = 0;
  uint64_t end = 0;

  uint64_t elements() const;
  uint64_t bytes() const { return end - begin; }
};

// A safetensors file: opened, validated as a whole, then read tensor by tensor (format and checks:
// docs/safetensors.md).
//
// Data is copied out with positioned reads, never through a memory mapping, so a file that another process truncates
// or replaces during or after the load gives an Error or the old content, never SIGBUS.
class SafeTensors {
 public:
  // Throws kData when the file cannot be read or breaks the format.
  static SafeTensors open(const std::filesystem::path& path);

  // The same from memory; `bytes` must outlive the object. `source` is the name that messages carry.
  static SafeTensors parse(std::span<const std::byte> bytes, std::string source);

  SafeTensors(SafeTensors&&) noexcept;
  SafeTensors& operator=(SafeTensors&&) noexcept;
  ~SafeTensors();

  const std::vector<TensorInfo>& tensors() const;  // by offset
  const std::map<std::string, std::string>& metadata() const;
  const TensorInfo* find(std::string_view name) const;                     // nullptr when absent
  const TensorInfo& get(std::string_view name, const Shape& shape) const;  // throws when absent or of another shape
  const std::string& source() const;                                       // the path, for messages
  uint64_t file_size() const;

  // All reads may run in several threads at once.

  // Copies the raw little-endian bytes of a tensor into `out`, whose size must be the tensor's.
  void read_bytes(const TensorInfo& tensor, std::span<std::byte> out) const;

  // Reads a F32, F16 or BF16 tensor, widened to float. `out` has tensor.elements() floats. Other types throw.
  void read_f32(const TensorInfo& tensor, std::span<float> out) const;

  // Reads an I8 tensor.
  void read_i8(const TensorInfo& tensor, std::span<int8_t> out) const;

  // The same for a part: the elements from `first` on, as many as `out` holds.
  void read_f32(const TensorInfo& tensor, uint64_t first, std::span<float> out) const;
  void read_i8(const TensorInfo& tensor, uint64_t first, std::span<int8_t> out) const;
  // For raw bytes, `first` is the first byte of the tensor that is read.
  void read_bytes(const TensorInfo& tensor, uint64_t first, std::span<std::byte> out) const;

 private:
  struct Impl;
  explicit SafeTensors(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

float f16_to_f32(uint16_t half);
float bf16_to_f32(uint16_t bits);

}  // namespace fbert
