#include <cmath>
#include <limits>
#include <vector>

#include "tests/kernels/kernel_test.h"
#include "tests/kernels/sweep.h"
#include "tests/support/sanitizers.h"

namespace fbert::kernels::elementary_test {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kMax = std::numeric_limits<float>::max();
constexpr float kDenormal = std::numeric_limits<float>::denorm_min();

class Elementaries : public KernelTest {
 protected:
  float at(void (*KernelTable::*function)(const float*, float*, size_t), float x) const {
    float y = -1;
    (table().*function)(&x, &y, 1);
    return y;
  }
  float activation(void (*KernelTable::*function)(float*, size_t, const float*, size_t, size_t), float x) const {
    const float zero = 0;
    (table().*function)(&x, 1, &zero, 1, 1);
    return x;
  }
};
FBERT_FOR_EVERY_TABLE(Elementaries);

// Accuracy is nothing that a sanitizer could find.
constexpr uint32_t kSweepStride = FBERT_UNDER_ASAN || FBERT_UNDER_TSAN ? 65'521 : 1021;

TEST_P(Elementaries, StayWithinTheirErrorBounds) {
  for (const Elementary& function : elementary_functions()) {
    const SweepResult r = sweep(function, table(), kSweepStride);
    EXPECT_LE(r.max_ulp, function.max_ulp) << function.name << " at " << r.at_max_ulp;
    EXPECT_LE(r.max_absolute, function.max_absolute) << function.name << " at " << r.at_max_absolute;
    EXPECT_EQ(r.wrong_nan, 0u) << function.name << " at " << r.at_wrong_nan;
    EXPECT_EQ(r.arguments, 0xffffffffu / kSweepStride + 1);
  }
}

TEST_P(Elementaries, ExpCoversTheWholeRangeOfFloats) {
  EXPECT_EQ(at(&KernelTable::exp, 0.0f), 1.0f);
  EXPECT_EQ(at(&KernelTable::exp, -0.0f), 1.0f);
  EXPECT_EQ(at(&KernelTable::exp, kInfinity), kInfinity);
  EXPECT_EQ(at(&KernelTable::exp, kMax), kInfinity);
  EXPECT_EQ(at(&KernelTable::exp, 88.8f), kInfinity);
  EXPECT_LT(at(&KernelTable::exp, 88.7f), kInfinity);
  EXPECT_EQ(at(&KernelTable::exp, -kInfinity), 0.0f);
  EXPECT_EQ(at(&KernelTable::exp, -kMax), 0.0f);
  EXPECT_EQ(at(&KernelTable::exp, -104.0f), 0.0f);
  EXPECT_EQ(at(&KernelTable::exp, -103.2f), kDenormal);
  EXPECT_TRUE(std::isnan(at(&KernelTable::exp, kNan)));
}

TEST_P(Elementaries, SaturatingFunctionsReachTheirLimits) {
  for (const float x : {20.0f, kMax, kInfinity}) {
    EXPECT_EQ(at(&KernelTable::tanh, x), 1.0f);
    EXPECT_EQ(at(&KernelTable::tanh, -x), -1.0f);
    EXPECT_EQ(at(&KernelTable::erf, x), 1.0f);
    EXPECT_EQ(at(&KernelTable::erf, -x), -1.0f);
    EXPECT_EQ(at(&KernelTable::sigmoid, x), 1.0f);
  }
  EXPECT_EQ(at(&KernelTable::sigmoid, -kMax), 0.0f);
  EXPECT_EQ(at(&KernelTable::sigmoid, -kInfinity), 0.0f);
  EXPECT_EQ(at(&KernelTable::sigmoid, 0.0f), 0.5f);
  EXPECT_GT(at(&KernelTable::sigmoid, -100.0f), 0.0f);
}

TEST_P(Elementaries, OddFunctionsKeepTheSign) {
  for (auto function : {&KernelTable::tanh, &KernelTable::erf}) {
    EXPECT_TRUE(std::signbit(at(function, -0.0f)));
    EXPECT_FALSE(std::signbit(at(function, 0.0f)));
    for (const float x : {kDenormal, 1e-30f, 0.3f, 0.99f, 1.0f, 2.5f, 40.0f})
      EXPECT_EQ(at(function, -x), -at(function, x));
  }
  EXPECT_EQ(at(&KernelTable::tanh, kDenormal), kDenormal);
}

TEST_P(Elementaries, AreMonotoneOnSmallSteps) {
  std::vector<float> x(200'001), y(x.size());
  for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(static_cast<double>(i) * 2e-4 - 20);
  for (auto function : {&KernelTable::exp, &KernelTable::tanh, &KernelTable::erf, &KernelTable::sigmoid}) {
    (table().*function)(x.data(), y.data(), x.size());
    for (size_t i = 1; i < x.size(); ++i) {
      // Neighbours are closer than the rounding error where the function is flat.
      ASSERT_GE(y[i], y[i - 1] - 4 * std::abs(y[i - 1]) * std::numeric_limits<float>::epsilon()) << x[i];
    }
  }
}

TEST_P(Elementaries, ActivationsAnswerForEveryFloat) {
  for (auto gelu : {&KernelTable::bias_gelu, &KernelTable::bias_gelu_tanh}) {
    EXPECT_EQ(activation(gelu, 0.0f), 0.0f);
    EXPECT_EQ(activation(gelu, 20.0f), 20.0f);
    EXPECT_EQ(activation(gelu, kMax), kMax);
    EXPECT_EQ(activation(gelu, kInfinity), kInfinity);
    EXPECT_EQ(activation(gelu, -15.0f), 0.0f);
    EXPECT_EQ(activation(gelu, -kMax), 0.0f);
    EXPECT_EQ(activation(gelu, -kInfinity), 0.0f);
    EXPECT_TRUE(std::isnan(activation(gelu, kNan)));
    EXPECT_FLOAT_EQ(activation(gelu, kDenormal * 1000), kDenormal * 500);
  }
  EXPECT_EQ(activation(&KernelTable::bias_relu, -3.0f), 0.0f);
  EXPECT_EQ(activation(&KernelTable::bias_relu, -kInfinity), 0.0f);
  EXPECT_EQ(activation(&KernelTable::bias_relu, 3.0f), 3.0f);
  EXPECT_TRUE(std::isnan(activation(&KernelTable::bias_relu, kNan)));
  EXPECT_EQ(activation(&KernelTable::bias_tanh, kMax), 1.0f);
  EXPECT_EQ(activation(&KernelTable::bias, kMax), kMax);
}

TEST(UlpError, CountsUnitsOfTheLastPlace) {
  EXPECT_EQ(ulp_error(1.0f, 1.0), 0.0);
  EXPECT_EQ(ulp_error(std::nextafter(1.0f, 2.0f), 1.0), 1.0);
  EXPECT_EQ(ulp_error(std::nextafter(1.0f, 0.0f), 1.0), 0.5);
  EXPECT_EQ(ulp_error(2 * kDenormal, static_cast<double>(kDenormal)), 1.0);
  EXPECT_EQ(ulp_error(kInfinity, static_cast<double>(kMax)), 1.0);
  EXPECT_EQ(ulp_error(kInfinity, 1e300), 0.0);
  EXPECT_GT(ulp_error(1.0f, 1e300), 1e6);
}

}  // namespace
}  // namespace fbert::kernels::elementary_test
