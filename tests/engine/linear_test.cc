#include "engine/linear.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <initializer_list>
#include <random>
#include <span>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "engine/gemm_f32.h"
#include "engine/pack.h"
#include "fbert/model.h"
#include "kernels/kernels.h"
#include "tests/support/arrays.h"

namespace fbert::linear_test {
namespace {

struct Problem {
  size_t rows;
  size_t in_features;
  size_t out_features;
  Blas blas = Blas::kOwn;
};

std::vector<float> random_values(size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<float> values(count);
  for (float& value : values) value = static_cast<float>(random() % 2001) / 1000.0F - 1.0F;
  return values;
}

Linear pack(std::span<const float> weight, std::span<const float> bias, Blas blas, Arena& arena) {
  const LinearPacker packer(bias.size(), weight.size() / bias.size(), Precision::kF32, blas, arena);
  packer.pack(0, weight);
  std::copy(bias.begin(), bias.end(), packer.bias().begin());
  return packer.linear();
}

// Runs one product on a team of `threads`, with output rows `gap` floats apart from each other's end.
std::vector<float> run(const Linear& linear, const std::vector<float>& x, size_t rows, Activation epilogue, int threads,
                       size_t gap = 0) {
  const kernels::KernelTable& kernels = *decide_isa().table;
  std::vector<float> y(rows * (linear.out_features + gap), -7.0F);
  ThreadTeam team(threads);
  team.run([&](const Worker& worker) {
    run_linear({{&linear, {x.data(), linear.in_features, rows}, y.data(), linear.out_features + gap, epilogue}},
               kernels, worker);
  });
  return y;
}

class LinearTest : public ::testing::TestWithParam<Problem> {
 protected:
  const Problem problem = GetParam();
  const std::vector<float> weight = random_values(problem.in_features * problem.out_features, 1);
  const std::vector<float> bias = random_values(problem.out_features, 2);
  const std::vector<float> x = random_values(problem.rows * problem.in_features, 3);
  Arena arena{size_t{1} << 21};
  const Linear linear = pack(weight, bias, problem.blas, arena);
};

TEST_P(LinearTest, MatchesTheDefinitionWithinTheRoundingOfASum) {
  const auto [rows, in_features, out_features, blas] = problem;

  constexpr size_t kGap = 3;
  const std::vector<float> y = run(linear, x, rows, Activation::kNone, 1, kGap);
  for (size_t r = 0; r < rows; ++r) {
    for (size_t o = 0; o < out_features; ++o) {
      double expected = double{bias[o]};
      double magnitude = std::abs(expected);
      for (size_t i = 0; i < in_features; ++i) {
        const double term = double{x[r * in_features + i]} * double{weight[o * in_features + i]};
        expected += term;
        magnitude += std::abs(term);
      }
      const double tolerance = magnitude * static_cast<double>(in_features + 2) * 0x1p-24;
      ASSERT_NEAR(double{y[r * (out_features + kGap) + o]}, expected, tolerance) << "row " << r << " output " << o;
    }
    for (size_t g = 0; g < kGap; ++g) ASSERT_EQ(y[r * (out_features + kGap) + out_features + g], -7.0F);
  }
}

TEST_P(LinearTest, GivesTheSameBitsForAnyNumberOfThreads) {
  const std::vector<float> alone = run(linear, x, problem.rows, Activation::kGelu, 1);
  for (const int threads : {2, 3, 7})
    EXPECT_TRUE(testing::arrays_equal(run(linear, x, problem.rows, Activation::kGelu, threads), alone)) << threads;
}

std::vector<Problem> problems() {
  std::vector<Problem> all;
  for (const Blas blas : {Blas::kOwn, Blas::kOpenBlas}) {
    for (const auto& [rows, in_features, out_features] : std::initializer_list<std::array<size_t, 3>>{{1, 1, 1},
                                                                                                      {1, 768, 2},
                                                                                                      {3, 26, 31},
                                                                                                      {5, 33, 32},
                                                                                                      {7, 312, 312},
                                                                                                      {33, 312, 1200},
                                                                                                      {41, 1200, 312},
                                                                                                      {32, 768, 96},
                                                                                                      {65, 3072, 40},
                                                                                                      {200, 769, 33}}) {
      all.push_back({rows, in_features, out_features, blas});
    }
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Shapes, LinearTest, ::testing::ValuesIn(problems()), [](const auto& param_info) {
  const Problem& p = param_info.param;
  return fmt::format("{}_{}x{}x{}", to_string(p.blas), p.rows, p.in_features, p.out_features);
});

// The definition of Blas::kOwn: whatever the table, the rows beside it and the panel it falls into.
TEST(Linear, OwnProductsAreChainsOfFusedOperations) {
  constexpr size_t kMostRows = 19;
  for (const auto& [in_features, out_features] :
       {std::pair<size_t, size_t>{1, 1}, {7, 95}, {40, 144}, {33, 40}, {1537, 49}}) {
    const std::vector<float> weight = random_values(in_features * out_features, 1);
    const std::vector<float> bias = random_values(out_features, 2);
    const std::vector<float> x = random_values(kMostRows * in_features, 3);
    Arena arena(1 << 20);
    const Linear linear = pack(weight, bias, Blas::kOwn, arena);
    std::vector<float> expected(kMostRows * out_features);
    for (size_t r = 0; r < kMostRows; ++r) {
      for (size_t o = 0; o < out_features; ++o) {
        float sum = 0;
        for (size_t i = 0; i < in_features; ++i) {
          sum = std::fma(x[r * in_features + i], weight[o * in_features + i], sum);
        }
        expected[r * out_features + o] = sum + bias[o];
      }
    }
    for (size_t rows = 1; rows <= kMostRows; ++rows) {
      for (const int threads : {1, 2}) {
        EXPECT_TRUE(testing::arrays_equal(run(linear, x, rows, Activation::kNone, threads),
                                          std::span(expected).first(rows * out_features)))
            << rows << " x " << in_features << " x " << out_features;
      }
    }
  }
}

TEST(Linear, OpenBlasAppliesTheEpilogueOnceAfterAllBlocksOfDepth) {
  const size_t in_features = 1600;  // three blocks
  const std::vector<float> weight(in_features, 0.001F);
  const std::vector<float> bias = {-2.0F};
  const std::vector<float> x(in_features, 1.0F);
  Arena arena(1 << 16);
  const Linear linear = pack(weight, bias, Blas::kOpenBlas, arena);
  EXPECT_GT(linear.in_features, linear.block_depth);
  EXPECT_EQ(run(linear, x, 1, Activation::kRelu, 1), std::vector<float>{0.0F});
  EXPECT_NEAR(run(linear, x, 1, Activation::kTanh, 1)[0], std::tanh(-0.4), 1e-5);
  EXPECT_NEAR(run(linear, x, 1, Activation::kGelu, 1)[0], -0.4 * 0.5 * std::erfc(0.4 / std::sqrt(2.0)), 1e-5);
}

class LinearOfEachKind : public ::testing::TestWithParam<Blas> {};
INSTANTIATE_TEST_SUITE_P(Blas, LinearOfEachKind, ::testing::Values(Blas::kOwn, Blas::kOpenBlas),
                         [](const auto& param_info) { return std::string(to_string(param_info.param)); });

TEST_P(LinearOfEachKind, SeveralProductsAreSharedOutTogether) {
  const std::vector<float> weight = random_values(40 * 16, 1);
  const std::vector<float> bias = random_values(40, 2);
  const std::vector<float> x = random_values(6 * 16, 3);
  Arena arena(1 << 16);
  const Linear linear = pack(weight, bias, GetParam(), arena);
  const std::vector<float> expected = run(linear, x, 6, Activation::kNone, 1);
  const kernels::KernelTable& kernels = *decide_isa().table;
  for (const int threads : {1, 2, 3, 5}) {
    std::vector<float> a(expected.size());
    std::vector<float> b(expected.size());
    ThreadTeam team(threads);
    team.run([&](const Worker& worker) {
      run_linear({{&linear, {x.data(), 16, 2}, a.data(), 40}, {&linear, {x.data(), 16, 6}, b.data(), 40}}, kernels,
                 worker);
    });
    EXPECT_TRUE(testing::arrays_equal(b, expected));
    const auto two_rows = std::span(expected).first(2 * 40);
    // OpenBLAS' kernels may round a row by the number of rows beside it.
    const double tolerance = GetParam() == Blas::kOwn || gemm_f32::rows_are_independent() ? 0.0 : 5e-6;
    EXPECT_TRUE(testing::arrays_equal(std::span(a).first(2 * 40), two_rows, tolerance));
  }
}

}  // namespace
}  // namespace fbert::linear_test
