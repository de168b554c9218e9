#include "loader/widen.h"

#include <bit>
#include <cstring>

#include "loader/safetensors.h"

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

float f16_to_f32(uint16_t half) { return std::bit_cast<float>(f16_to_f32_bits(half)); }
float bf16_to_f32(uint16_t bits) { return std::bit_cast<float>(bf16_to_f32_bits(bits)); }

}  // namespace fbert
