#pragma once

#include <bit>
#include <cstdint>
#include <span>

namespace fbert {

// A mask by arithmetic: GCC makes a branch of a comparison here, and no vector code of a loop with a branch.
inline uint32_t all_bits_if_negative(uint32_t value) {
  return static_cast<uint32_t>(static_cast<int32_t>(value) >> 31);
}

// The bits of the F32 value that equals a F16 or BF16 value: exact for all 65,536, NaN payloads included. It
// does not depend on the denormals mode.
inline uint32_t f16_to_f32_bits(uint16_t half) {
  const uint32_t sign = static_cast<uint32_t>(half & 0x8000u) << 16;
  const uint32_t magnitude = static_cast<uint32_t>(half & 0x7FFFu) << 13;
  const uint32_t exponent = magnitude & 0x0F800000u;

  // Normal values need the exponent bias of F32, infinities and NaN its largest exponent.
  constexpr uint32_t kBias = (127u - 15u) << 23;
  const uint32_t is_special = all_bits_if_negative(0x0F7FFFFFu - exponent);
  const uint32_t normal = magnitude + kBias + (kBias & is_special);

  // A subnormal m * 2^-24 is (2^-14 + m * 2^-24) - 2^-14, and the bracket is a normal number with m as its mantissa.
  constexpr uint32_t kSmallestNormal = 113u << 23;  // 2^-14
  const float bracket = std::bit_cast<float>(magnitude | kSmallestNormal);
  const uint32_t subnormal = std::bit_cast<uint32_t>(bracket - std::bit_cast<float>(kSmallestNormal));

  const uint32_t is_small = all_bits_if_negative(exponent - 1);
  return sign | (subnormal & is_small) | (normal & ~is_small);
}

inline uint32_t bf16_to_f32_bits(uint16_t bits) { return static_cast<uint32_t>(bits) << 16; }

float f16_to_f32(uint16_t half);
float bf16_to_f32(uint16_t bits);

// `out` holds as many floats as `in` values.
void widen_f16(std::span<const uint16_t> in, float* out);
void widen_bf16(std::span<const uint16_t> in, float* out);

// The nearest 16-bit floats, ties to even. Returns false when one of them would not be finite.
bool narrow_f16(std::span<const float> in, uint16_t* out);

// The nearest F32 values of F64 values, ties to even. Returns the index of the first finite one that F32 cannot hold,
// or in.size(); what `out` has from there on is not defined.
size_t narrow_f64(std::span<const double> in, float* out);

}  // namespace fbert
