#include "loader/widen.h"

#include <bit>
#include <cmath>
#include <cstring>

namespace fbert {
namespace {

// GCC vectorises at -O2 only loops of known length: whole blocks have one.
template <typename Convert>
void widen(std::span<const uint16_t> in, float* out, Convert convert) {
  constexpr size_t kBlock = 64;
  uint32_t bits[kBlock];
  size_t done = 0;
  for (; done + kBlock <= in.size(); done += kBlock) {
    const uint16_t* block = in.data() + done;
    for (size_t i = 0; i < kBlock; ++i) bits[i] = convert(block[i]);
    std::memcpy(out + done, bits, sizeof(bits));
  }
  for (; done < in.size(); ++done) {
    const uint32_t last = convert(in[done]);
    std::memcpy(out + done, &last, sizeof(last));
  }
}

}  // namespace

void widen_f16(std::span<const uint16_t> in, float* out) {
  widen(in, out, [](uint16_t half) { return f16_to_f32_bits(half); });
}
void widen_bf16(std::span<const uint16_t> in, float* out) {
  widen(in, out, [](uint16_t bits) { return bf16_to_f32_bits(bits); });
}

bool narrow_f16(std::span<const float> in, uint16_t* out) {
  constexpr uint32_t kSmallestNormal = 113u << 23;  // 2^-14
  constexpr uint32_t kTooLarge = 0x477FF000u;       // 65520, the first that is rounded to infinity
  bool finite = true;
  for (size_t i = 0; i < in.size(); ++i) {
    const uint32_t bits = std::bit_cast<uint32_t>(in[i]);
    const uint32_t magnitude = bits & 0x7FFFFFFFu;
    finite &= magnitude < kTooLarge;
    uint32_t half;
    if (magnitude < kSmallestNormal) {
      // At 0.5 floats are multiples of 2^-24, as 16-bit subnormals are.
      half = std::bit_cast<uint32_t>(std::bit_cast<float>(magnitude) + 0.5F) - std::bit_cast<uint32_t>(0.5F);
    } else {
      const uint32_t nearest = magnitude + 0xFFFu + (magnitude >> 13 & 1u);
      half = (nearest - (112u << 23)) >> 13;
    }
    out[i] = static_cast<uint16_t>(bits >> 16 & 0x8000u) | static_cast<uint16_t>(half);
  }
  return finite;
}

size_t narrow_f64(std::span<const double> in, float* out) {
  for (size_t i = 0; i < in.size(); ++i) {
    out[i] = static_cast<float>(in[i]);
    if (std::isinf(out[i]) && !std::isinf(in[i])) return i;
  }
  return in.size();
}

float f16_to_f32(uint16_t half) { return std::bit_cast<float>(f16_to_f32_bits(half)); }
float bf16_to_f32(uint16_t bits) { return std::bit_cast<float>(bf16_to_f32_bits(bits)); }

}  // namespace fbert
