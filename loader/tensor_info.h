#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
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
bool is_float(DType dtype);                            // that of weights: F16, BF16, F32 or F64
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

}  // namespace fbert
