#include "engine/attention.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "fbert/model.h"
#include "kernels/kernels.h"
#include "tests/support/arrays.h"

namespace fbert::attention_test {
namespace {

struct Shape {
  size_t heads;
  size_t head_size;
  std::vector<int32_t> lengths;
};

class AttentionTest : public ::testing::TestWithParam<Shape> {
 protected:
  void SetUp() override {
    hidden_size = GetParam().heads * GetParam().head_size;
    cu_seqlens = {0};
    for (const int32_t length : GetParam().lengths) {
      cu_seqlens.push_back(cu_seqlens.back() + length);
      longest = std::max(longest, static_cast<size_t>(length));
    }
    std::mt19937 random(5);
    qkv.resize(static_cast<size_t>(cu_seqlens.back()) * 3 * hidden_size);
    for (float& value : qkv) value = static_cast<float>(random() % 4001) / 1000.0F - 2.0F;
  }

  std::vector<float> run(Queries which, int threads, Precision precision = Precision::kF32,
                         const std::string& isa = "") const {
    const size_t rows = which == Queries::kAll ? static_cast<size_t>(cu_seqlens.back()) : GetParam().lengths.size();
    std::vector<float> queries = qkv;
    if (which == Queries::kFirst) {
      for (size_t s = 0; s < rows; ++s) {
        const float* first = &qkv[static_cast<size_t>(cu_seqlens[s]) * 3 * hidden_size];
        std::copy(first, first + hidden_size, &queries[s * 3 * hidden_size]);
      }
    }
    std::vector<float> context(rows * hidden_size, -7.0F);
    const size_t scratch_size = attention_scratch(GetParam().head_size, longest);
    // 64-byte aligned, with canaries behind the last piece.
    constexpr size_t kAlignment = 16;
    constexpr size_t kCanaries = 8;
    const size_t stride = (scratch_size + kAlignment - 1) / kAlignment * kAlignment;
    std::vector<float> memory(stride * static_cast<size_t>(threads) + kAlignment + kCanaries, kCanary);
    void* aligned = memory.data();
    size_t space = memory.size() * sizeof(float);
    auto* scratch = static_cast<float*>(std::align(kAlignment * sizeof(float), 1, aligned, space));
    ThreadTeam team(threads);
    team.run([&](const Worker& worker) {
      run_attention({precision,
                     {GetParam().heads, GetParam().head_size},
                     which,
                     queries.data(),
                     3 * hidden_size,
                     qkv.data() + hidden_size,
                     qkv.data() + 2 * hidden_size,
                     3 * hidden_size,
                     cu_seqlens,
                     context.data()},
                    scratch + stride * static_cast<size_t>(worker.id), *decide_isa(isa).table, worker);
    });
    const float* behind = scratch + stride * static_cast<size_t>(threads - 1) + scratch_size;
    EXPECT_TRUE(std::all_of(behind, behind + kCanaries, [](float value) { return value == kCanary; }));
    return context;
  }

  // softmax(q k^T / sqrt(head_size)) v for one query, in double.
  std::vector<double> expected(size_t sequence, size_t token, size_t head) const {
    const size_t d = GetParam().head_size;
    const auto begin = static_cast<size_t>(cu_seqlens[sequence]);
    const auto end = static_cast<size_t>(cu_seqlens[sequence + 1]);
    const auto at = [&](size_t row, size_t part, size_t c) {
      return double{qkv[(row * 3 + part) * hidden_size + head * d + c]};
    };
    std::vector<double> output(d);
    double total = 0;
    for (size_t j = begin; j < end; ++j) {
      double score = 0;
      for (size_t c = 0; c < d; ++c) score += at(token, 0, c) * at(j, 1, c);
      const double weight = std::exp(score / std::sqrt(static_cast<double>(d)));
      total += weight;
      for (size_t c = 0; c < d; ++c) output[c] += weight * at(j, 2, c);
    }
    for (double& value : output) value /= total;
    return output;
  }

  static constexpr float kCanary = 12345.0F;
  size_t hidden_size = 0;
  size_t longest = 0;
  std::vector<int32_t> cu_seqlens;
  std::vector<float> qkv;
};

TEST_P(AttentionTest, MatchesTheDefinition) {
  const std::vector<float> context = run(Queries::kAll, 1);
  for (size_t s = 0; s < GetParam().lengths.size(); ++s) {
    for (auto token = static_cast<size_t>(cu_seqlens[s]); token < static_cast<size_t>(cu_seqlens[s + 1]); ++token) {
      for (size_t head = 0; head < GetParam().heads; ++head) {
        const std::vector<double> values = expected(s, token, head);
        const auto found = std::span(context).subspan(token * hidden_size + head * values.size(), values.size());
        ASSERT_TRUE(testing::arrays_equal(found, values, 2e-6));
      }
    }
  }
}

TEST_P(AttentionTest, TheFirstTokenAloneGetsTheSameValues) {
  const std::vector<float> all = run(Queries::kAll, 1);
  const std::vector<float> first = run(Queries::kFirst, 1);
  for (size_t s = 0; s < GetParam().lengths.size(); ++s) {
    const auto expected = std::span(all).subspan(static_cast<size_t>(cu_seqlens[s]) * hidden_size, hidden_size);
    ASSERT_TRUE(testing::arrays_equal(std::span(first).subspan(s * hidden_size, hidden_size), expected, 1e-6));
  }
}

TEST_P(AttentionTest, GivesTheSameBitsForAnyNumberOfThreads) {
  const std::vector<float> alone = run(Queries::kAll, 1);
  for (const int threads : {2, 7}) EXPECT_EQ(run(Queries::kAll, threads), alone);
}

TEST_P(AttentionTest, InInt8StaysWithinTheStepsOfItsScales) {
  const std::vector<float> exact = run(Queries::kAll, 1);
  const std::vector<float> quantized = run(Queries::kAll, 1, Precision::kInt8);
  // Values lie in [-2, 2], so that half a step is 2 / 254; steps of queries and keys move the shares by a few percent.
  double squares = 0;
  double differences = 0;
  for (size_t i = 0; i < exact.size(); ++i) {
    squares += double{exact[i]} * double{exact[i]};
    differences += std::pow(double{exact[i]} - double{quantized[i]}, 2);
  }
  EXPECT_TRUE(testing::arrays_equal(quantized, exact, 0.08));
  EXPECT_LT(differences, squares * 1e-3);
}

TEST_P(AttentionTest, InInt8GivesTheSameBitsOnEveryInstructionSetAndNumberOfThreads) {
  const std::vector<float> expected = run(Queries::kAll, 1, Precision::kInt8, "ref");
  for (size_t i = 0; i < kernels::all_tables().count; ++i) {
    const kernels::KernelTable& table = *kernels::all_tables().tables[i];
    if (!kernels::supported(table)) continue;
    for (const int threads : {1, 2, 7}) {
      EXPECT_EQ(run(Queries::kAll, threads, Precision::kInt8, table.name), expected) << table.name << ' ' << threads;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, AttentionTest,
                         ::testing::Values(Shape{1, 1, {1}}, Shape{2, 64, {1, 32, 7}}, Shape{12, 26, {33, 5}},
                                           Shape{4, 64, {130}}, Shape{1, 64, {512, 3}}, Shape{3, 8, {65, 64, 63}}));

}  // namespace
}  // namespace fbert::attention_test
