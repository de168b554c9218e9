#include "engine/int8_rows.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace fbert {
namespace {

constexpr uint32_t kInfinity = 0x7F800000;  // bits; those of NaN are greater

// GCC vectorises at -O2 only loops of known length: whole blocks have one.
constexpr size_t kBlock = 64;

// The bits of the greatest magnitude: magnitudes are ordered as their bits are.
uint32_t largest_magnitude(std::span<const float> row) {
  int32_t lanes[4] = {};
  size_t i = 0;
  for (; i + kBlock <= row.size(); i += kBlock) {
    for (size_t j = 0; j < kBlock; j += 4) {
      for (size_t k = 0; k < 4; ++k) {
        lanes[k] = std::max(lanes[k], std::bit_cast<int32_t>(row[i + j + k]) & 0x7FFFFFFF);
      }
    }
  }
  int32_t largest = std::max(std::max(lanes[0], lanes[1]), std::max(lanes[2], lanes[3]));
  for (; i < row.size(); ++i) largest = std::max(largest, std::bit_cast<int32_t>(row[i]) & 0x7FFFFFFF);
  return static_cast<uint32_t>(largest);
}

// Rounds |x| < 2^22 to nearest even: at 1.5 * 2^23 floats are the integers.
int8_t round_to_int8(float x) {
  constexpr float kShift = 12582912.0F;
  return static_cast<int8_t>(std::bit_cast<int32_t>(x + kShift) - std::bit_cast<int32_t>(kShift));
}

}  // namespace

bool is_scale(float scale) noexcept { return scale > 0 && std::isnormal(scale); }

bool quantize_row(std::span<const float> row, int8_t* values, float* scale) noexcept {
  const uint32_t largest = largest_magnitude(row);
  if (largest >= kInfinity) return false;
  // The quotients stay below 127.5: the scale is rounded by less than one part in 2^23.
  *scale = std::bit_cast<float>(largest) / 127.0F;
  if (!is_scale(*scale)) {
    *scale = 1.0F;
    std::fill_n(values, row.size(), int8_t{0});
    return true;
  }
  size_t i = 0;
  for (; i + kBlock <= row.size(); i += kBlock) {
    for (size_t j = 0; j < kBlock; ++j) values[i + j] = round_to_int8(row[i + j] / *scale);
  }
  for (; i < row.size(); ++i) values[i] = round_to_int8(row[i] / *scale);
  return true;
}

void dequantize_row(std::span<const int8_t> values, float scale, float* row) noexcept {
  for (size_t i = 0; i < values.size(); ++i) row[i] = static_cast<float>(values[i]) * scale;
}

}  // namespace fbert
