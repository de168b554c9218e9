#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>
#include <vector>

#include "tests/kernels/kernel_test.h"
#include "tests/support/arrays.h"

namespace fbert::kernels::rows_test {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kMax = std::numeric_limits<float>::max();
constexpr double kUlp = 0x1p-24;  // half the distance from 1 to the next float

std::vector<float> normal_values(size_t n, float mean, float deviation, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(mean, deviation);
  std::vector<float> x(n);
  std::generate(x.begin(), x.end(), [&] { return normal(random); });
  return x;
}

class Rows : public KernelTest {
 protected:
  std::vector<float> softmax(std::vector<float> x, float scale = 1) const {
    table().softmax(x.data(), x.size(), scale, 1, x.size());
    return x;
  }
  // With gamma 1 and beta 0.
  std::vector<float> normalise(const std::vector<float>& x, float eps = 1e-12f) const {
    const std::vector<float> ones(x.size(), 1.0f), zeros(x.size(), 0.0f);
    std::vector<float> y(x.size());
    table().add_layer_norm(x.data(), x.size(), nullptr, 0, ones.data(), zeros.data(), eps, y.data(), x.size(), 1,
                           x.size());
    return y;
  }
};
FBERT_FOR_EVERY_TABLE(Rows);

std::vector<double> exact_layer_norm(const std::vector<float>& x, double eps) {
  const double n = static_cast<double>(x.size());
  const double mean = std::accumulate(x.begin(), x.end(), 0.0) / n;
  double variance = 0;
  for (const double v : x) variance += (v - mean) * (v - mean) / n;
  std::vector<double> y(x.size());
  std::transform(x.begin(), x.end(), y.begin(), [&](double v) { return (v - mean) / std::sqrt(variance + eps); });
  return y;
}

TEST_P(Rows, LayerNormIsAccurateWhateverTheMeanAndTheScale) {
  struct Case {
    float mean, deviation;
  };
  for (const auto& [mean, deviation] : {Case{0, 1}, {0.5f, 1e-4f}, {1000, 1}, {-1e6f, 3}, {0, 1e-18f}, {0, 1e15f}}) {
    for (const size_t n : Sizes{2, 17, 312, 768, 1024}) {
      const std::vector<float> x = normal_values(n, mean, deviation, 1);
      const std::vector<float> y = normalise(x);
      const std::vector<double> want = exact_layer_norm(x, static_cast<double>(1e-12f));
      // One rounding of each difference from the mean, whose size in deviations is at most the largest result, and the
      // same again for scale, product and the correction of the mean.
      for (size_t i = 0; i < n; ++i) {
        ASSERT_NEAR(y[i], want[i], 8 * kUlp * std::max(1.0, std::abs(want[i])))
            << "mean " << mean << ", deviation " << deviation << ", n " << n << ", at " << i;
      }
    }
  }
}

TEST_P(Rows, LayerNormAddsResidualScalesAndShifts) {
  constexpr size_t kRows = 3, kN = 40, kStride = 50;
  const auto x = normal_values(kRows * kStride, 1, 2, 2), residual = normal_values(kRows * kStride, -1, 2, 3);
  const auto gamma = normal_values(kN, 1, 0.1f, 4), beta = normal_values(kN, 0, 1, 5);
  std::vector<float> y(kRows * kN), in_place = x;
  table().add_layer_norm(x.data(), kStride, residual.data(), kStride, gamma.data(), beta.data(), 1e-5f, y.data(), kN,
                         kRows, kN);
  table().add_layer_norm(in_place.data(), kStride, residual.data(), kStride, gamma.data(), beta.data(), 1e-5f,
                         in_place.data(), kStride, kRows, kN);
  std::vector<double> wanted;
  std::vector<float> found_in_place;
  for (size_t r = 0; r < kRows; ++r) {
    std::vector<float> sum(kN);
    for (size_t i = 0; i < kN; ++i) sum[i] = x[r * kStride + i] + residual[r * kStride + i];
    const std::vector<double> normal = exact_layer_norm(sum, static_cast<double>(1e-5f));
    for (size_t i = 0; i < kN; ++i) {
      wanted.push_back(normal[i] * static_cast<double>(gamma[i]) + static_cast<double>(beta[i]));
      found_in_place.push_back(in_place[r * kStride + i]);
    }
  }
  EXPECT_TRUE(testing::arrays_equal(y, wanted, 2e-6));
  EXPECT_TRUE(testing::arrays_equal(found_in_place, y));
}

TEST_P(Rows, LayerNormOfAConstantRowIsZero) {
  for (const float value : {0.0f, 1.0f, -0.1f, 1000.1f, 3e-20f, 12345.678f}) {
    for (const size_t n : Sizes{1, 7, 16, 100, 312, 768, 1000}) {
      for (const float v : normalise(std::vector<float>(n, value))) ASSERT_NEAR(v, 0, 1e-3) << value << ", n " << n;
    }
  }
}

TEST_P(Rows, SoftmaxAgreesWithDoublePrecision) {
  for (const size_t n : Sizes{1, 2, 15, 16, 17, 64, 100, 512}) {
    for (const float scale : {1.0f, 0.125f, 5.0f}) {
      const std::vector<float> x = normal_values(n, 0, 5, 6), y = softmax(x, scale);
      const double top = *std::max_element(x.begin(), x.end());
      double sum = 0;
      for (const double v : x) sum += std::exp(double{scale} * (v - top));
      double total = 0;
      for (size_t i = 0; i < n; ++i) {
        const double argument = double{scale} * (double{x[i]} - top), want = std::exp(argument) / sum;
        // The argument is rounded twice; exp, the sum, its reciprocal and the product add the rest. Below the normal
        // range of floats the bound is absolute.
        ASSERT_NEAR(y[i], want, want * kUlp * (2 * std::abs(argument) + 12) + 0x1p-126) << n << ", at " << i;
        total += static_cast<double>(y[i]);
      }
      EXPECT_NEAR(total, 1, 1e-6);
    }
  }
}

TEST_P(Rows, SoftmaxOfOneValueIsOne) {
  for (const float x : {0.0f, -5.0f, kMax, -kMax, 1e-45f}) EXPECT_EQ(softmax({x}), std::vector<float>{1.0f});
}

TEST_P(Rows, SoftmaxOfEqualValuesIsUniform) {
  for (const size_t n : Sizes{2, 3, 16, 100, 512}) {
    for (const float value : {0.0f, 3.7f, -kMax, kMax}) {
      const std::vector<float> y = softmax(std::vector<float>(n, value));
      for (const float v : y) ASSERT_FLOAT_EQ(v, 1.0f / static_cast<float>(n));
    }
  }
}

TEST_P(Rows, SoftmaxSurvivesHugeValues) {
  std::vector<float> x(512, -kMax);
  x[300] = kMax;
  const std::vector<float> y = softmax(x, 8);
  for (size_t i = 0; i < y.size(); ++i) ASSERT_EQ(y[i], i == 300 ? 1.0f : 0.0f);
}

TEST_P(Rows, SoftmaxGivesMaskedPositionsNothing) {
  const std::vector<float> y = softmax({1, -kInfinity, 1, -kInfinity});
  EXPECT_EQ(y, (std::vector<float>{0.5f, 0, 0.5f, 0}));
}

TEST_P(Rows, SoftmaxOfInfinityOrNanIsNanThroughout) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const float bad : {kInfinity, nan}) {
    for (const size_t at : Sizes{0, 1, 18, 19}) {
      std::vector<float> x(20, 1.0f);
      x[at] = bad;
      for (const float v : softmax(x)) ASSERT_TRUE(std::isnan(v));
    }
  }
  for (const float v : softmax({-kInfinity, -kInfinity})) EXPECT_TRUE(std::isnan(v));
}

TEST_P(Rows, DotStaysWithinTheBoundOfASum) {
  for (const size_t n : Sizes{1, 5, 16, 63, 64, 65, 312, 3072}) {
    const std::vector<float> a = normal_values(n, 0, 1, 8), b = normal_values(n, 0, 1, 9);
    double want = 0, magnitude = 0;
    for (size_t i = 0; i < n; ++i) {
      const double product = static_cast<double>(a[i]) * static_cast<double>(b[i]);
      want += product;
      magnitude += std::abs(product);
    }
    const double additions = static_cast<double>(n) / 64 + 3 + 6;  // per partial sum, then the tree
    EXPECT_NEAR(table().dot(a.data(), b.data(), n), want, additions * kUlp * magnitude) << n;
  }
}

TEST_P(Rows, AddTakesTwoOrThreeOperands) {
  const std::vector<float> a = normal_values(37, 0, 1, 10), b = normal_values(37, 0, 1, 11),
                           c = normal_values(37, 0, 1, 12);
  std::vector<float> two(37), three(37);
  table().add(a.data(), b.data(), nullptr, two.data(), 37);
  table().add(a.data(), b.data(), c.data(), three.data(), 37);
  std::vector<float> sum_of_two(37), sum_of_three(37);
  for (size_t i = 0; i < 37; ++i) {
    sum_of_two[i] = a[i] + b[i];
    sum_of_three[i] = a[i] + b[i] + c[i];
  }
  EXPECT_TRUE(testing::arrays_equal(two, sum_of_two));
  EXPECT_TRUE(testing::arrays_equal(three, sum_of_three));
}

TEST_P(Rows, BiasBelongsToTheColumn) {
  std::vector<float> x = {1, 2, 3, -1, -2, -3};
  const std::vector<float> bias = {10, 0, -1};
  table().bias(x.data(), 3, bias.data(), 2, 3);
  EXPECT_EQ(x, (std::vector<float>{11, 2, 2, 9, -2, -4}));
  table().bias_relu(x.data(), 3, bias.data(), 2, 3);
  EXPECT_EQ(x, (std::vector<float>{21, 2, 1, 19, 0, 0}));
}

}  // namespace
}  // namespace fbert::kernels::rows_test
