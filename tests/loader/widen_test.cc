#include "loader/widen.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <numeric>
#include <vector>

#include <gtest/gtest.h>

namespace fbert::widen_test {
namespace {

// By the definition of the format, from sign, exponent and mantissa.
float reference_f16(uint16_t half) {
  const float sign = (half & 0x8000) != 0 ? -1.0f : 1.0f;
  const int exponent = (half >> 10) & 0x1F;
  const int mantissa = half & 0x3FF;
  if (exponent == 31) return mantissa == 0 ? sign * INFINITY : std::copysign(NAN, sign);
  if (exponent == 0) return sign * std::ldexp(static_cast<float>(mantissa), -24);
  return sign * std::ldexp(static_cast<float>(1024 + mantissa), exponent - 25);
}

std::vector<uint16_t> all_values() {
  std::vector<uint16_t> values(65536);
  std::iota(values.begin(), values.end(), uint16_t{0});
  return values;
}

TEST(Widen, ConvertsEveryF16) {
  for (const uint16_t half : all_values()) {
    const float expected = reference_f16(half);
    const float found = f16_to_f32(half);
    if (std::isnan(expected)) {
      ASSERT_TRUE(std::isnan(found)) << half;
      ASSERT_EQ(std::signbit(found), std::signbit(expected)) << half;
      ASSERT_EQ(std::bit_cast<uint32_t>(found) & 0x7FFFFF, (half & 0x3FFu) << 13) << half;
    } else {
      ASSERT_EQ(std::bit_cast<uint32_t>(found), std::bit_cast<uint32_t>(expected)) << half;
    }
  }
}

TEST(Widen, ConvertsEveryBf16) {
  for (const uint16_t bits : all_values()) {
    ASSERT_EQ(std::bit_cast<uint32_t>(bf16_to_f32(bits)), uint32_t{bits} << 16);
  }
}

// Whole blocks and the rest go different ways: every length around a block, and nothing is written past the end.
TEST(Widen, ConvertsSpansOfAnyLength) {
  const std::vector<uint16_t> values = all_values();
  for (size_t length = 0; length <= 200; ++length) {
    const auto part = std::span(values).subspan(0x3BD0, length);
    std::vector<float> half(length + 1, -1.0f), brain(length + 1, -1.0f);
    widen_f16(part, half.data());
    widen_bf16(part, brain.data());
    for (size_t i = 0; i < length; ++i) {
      ASSERT_EQ(half[i], f16_to_f32(part[i]));
      ASSERT_EQ(brain[i], bf16_to_f32(part[i]));
    }
    ASSERT_EQ(half[length], -1.0f);
    ASSERT_EQ(brain[length], -1.0f);
  }
}

TEST(Widen, ConvertsEveryF16InBlocks) {
  const std::vector<uint16_t> values = all_values();
  std::vector<float> out(values.size());
  widen_f16(values, out.data());
  for (size_t i = 0; i < values.size(); ++i) {
    ASSERT_EQ(std::bit_cast<uint32_t>(out[i]), f16_to_f32_bits(values[i])) << i;
  }
}

}  // namespace
}  // namespace fbert::widen_test
