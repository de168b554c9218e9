// The two functions that only int8 has, and that no entry of a table computes by itself.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "kernels/vec16_ref-inl.h"
// After the vector type that it uses.
#include "kernels/math-inl.h"

namespace fbert::kernels {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

template <Vec16 (*kFunction)(Vec16)>
float at(float x) {
  return kFunction(broadcast(x)).lane[0];
}

// Calls f(x) for every 4093rd float from 0 to `last` by magnitude, with the sign of `last`.
template <typename F>
void for_floats_to(float last, F f) {
  const uint32_t sign = std::bit_cast<uint32_t>(last) & 0x80000000u;
  for (uint32_t bits = 0; bits <= std::bit_cast<uint32_t>(std::abs(last)); bits += 4093) {
    f(std::bit_cast<float>(bits | sign));
  }
}

TEST(GeluShort, StaysWithinItsErrorBounds) {
  for (const float end : {128.0f, -128.0f}) {
    for_floats_to(end, [](float x) {
      const double exact = 0.5 * double{x} * std::erfc(-double{x} / std::sqrt(2.0));
      ASSERT_NEAR(double{at<gelu_short>(x)}, exact, std::abs(x) <= 4.25f ? 7e-5 : 1.2e-4) << x;
    });
  }
  EXPECT_EQ(at<gelu_short>(kInfinity), kInfinity);
  EXPECT_NEAR(at<gelu_short>(-kInfinity), 0.0f, 1.2e-4f);
  EXPECT_TRUE(std::isnan(at<gelu_short>(kNan)));
}

TEST(Exp2Of255, StaysWithinItsErrorBound) {
  for_floats_to(-64.0f, [](float x) { ASSERT_NEAR(double{at<exp2_255>(x)}, 255 * std::exp2(double{x}), 0.05) << x; });
  EXPECT_EQ(std::nearbyint(at<exp2_255>(0.0f)), 255.0f);
  for (const float x : {-10.0f, -kInfinity, kNan}) EXPECT_EQ(std::nearbyint(at<exp2_255>(x)), 0.0f) << x;
}

}  // namespace
}  // namespace fbert::kernels
