#pragma once

#include <cstdint>
#include <cstring>
#include <span>

namespace fbert {

// The bits of the F32 value that equals a F16 or BF16 value: exact for all 65,536, NaN payloads included. Neither
// branches nor depends on the denormals mode, so that compilers make vector code of a loop over it.
inline uint32_t f16_to_f32_bits(uint16_t half) {
  const uint32_t sign = static_cast<uint32_t>(half & 0x8000u) << 16;
  const uint32_t magnitude = static_cast<uint32_t>(half & 0x7FFFu) << 13;
  const uint32_t exponent = magnitude & 0x0F800000u;

  // Normal values need the exponent bias of F32, infinities and NaN its largest exponent.
  constexpr uint32_t kBias = (127u - 15u) << 23;
  const uint32_t normal = magnitude + kBias + (exponent == 0x0F800000u ? kBias : 0u);

  // A subnormal m * 2^-24 is (2^-14 + m * 2^-24) - 2^-14, and the bracket is a normal number with m as its mantissa.
  constexpr uint32_t kSmallestNormal = 113u << 23;  // 2^-14
  const uint32_t bracket_bits = magnitude | kSmallestNormal;
  float bracket = 0, smallest = 0;
  std::memcpy(&bracket, &bracket_bits, sizeof(bracket));
  std::memcpy(&smallest, &kSmallestNormal, sizeof(smallest));
  const float difference = bracket - smallest;
  uint32_t subnormal = 0;
  std::memcpy(&subnormal, &difference, sizeof(subnormal));

  return sign | (exponent == 0 ? subnormal : normal);
}

inline uint32_t bf16_to_f32_bits(uint16_t bits) { return static_cast<uint32_t>(bits) << 16; }

// `out` holds as many floats as `in` values.
void widen_f16(std::span<const uint16_t> in, float* out);
void widen_bf16(std::span<const uint16_t> in, float* out);

}  // namespace fbert
