// Attention in 8 bits: the bits of every table against those of "ref", and what it may touch.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <random>
#include <span>
#include <vector>

#include "tests/kernels/kernel_test.h"
#include "tests/support/arrays.h"

namespace fbert::kernels::attention_int8_test {
namespace {

constexpr size_t kGap = 3;
constexpr float kUntouched = -7.0F;

struct Problem {
  size_t queries, length, head_size;
  std::vector<float> q, k, v;  // rows head_size + kGap apart

  Problem(size_t query_count, size_t key_count, size_t size)
      : queries(query_count), length(key_count), head_size(size) {
    std::mt19937 random(static_cast<unsigned>(query_count * 1000 + key_count * 10 + size));
    const auto fill = [&](std::vector<float>& values, size_t rows) {
      values.resize(rows * stride());
      for (float& value : values) value = static_cast<float>(random() % 4001) / 1000.0F - 2.0F;
    };
    fill(q, queries);
    fill(k, length);
    fill(v, length);
  }

  size_t stride() const { return head_size + kGap; }

  // (queries, stride): what attend_int8 leaves.
  std::vector<float> run(const KernelTable& table) const {
    const size_t bytes = int8_attention_scratch(length, head_size);
    constexpr unsigned char kCanary = 0xa5;
    std::vector<unsigned char> memory(bytes + 128, kCanary);
    void* aligned = memory.data();
    size_t space = memory.size();
    auto* scratch = static_cast<unsigned char*>(std::align(64, bytes, aligned, space));
    std::vector<float> context(queries * stride(), kUntouched);
    table.attend_int8({.queries = q.data(),
                       .query_stride = stride(),
                       .query_count = queries,
                       .keys = k.data(),
                       .values = v.data(),
                       .kv_stride = stride(),
                       .length = length,
                       .head_size = head_size,
                       .scale = 0.125F,
                       .context = context.data(),
                       .context_stride = stride(),
                       .scratch = scratch});
    const std::span behind(scratch + bytes, memory.data() + memory.size());
    EXPECT_TRUE(testing::arrays_equal(behind, std::vector<unsigned char>(behind.size(), kCanary)));
    std::vector<float> gaps;
    for (size_t r = 0; r < queries; ++r) {
      for (size_t c = head_size; c < stride(); ++c) gaps.push_back(context[r * stride() + c]);
    }
    EXPECT_TRUE(testing::arrays_equal(gaps, std::vector<float>(gaps.size(), kUntouched)));
    return context;
  }
};

void expect_the_bits_of_the_reference(const Problem& problem) {
  const std::vector<float> expected = problem.run(*find("ref"));
  for (const KernelTable* table : runnable_tables()) {
    const std::vector<float> context = problem.run(*table);
    EXPECT_EQ(std::memcmp(context.data(), expected.data(), expected.size() * sizeof(float)), 0)
        << table->name << ": " << problem.queries << " queries, " << problem.length << " keys, " << problem.head_size;
  }
}

TEST(AttendInt8, HasTheSameBitsInEveryTableAndStaysInItsMemory) {
  for (const size_t length : Sizes{1, 2, 15, 16, 17, 47, 48, 49, 300}) {
    for (const size_t head_size : Sizes{1, 26, 48, 50, 64}) {
      expect_the_bits_of_the_reference(Problem(length % 11 + 1, length, head_size));
    }
  }
}

TEST(AttendInt8, EqualKeysGetEqualShares) {
  Problem problem(1, 50, 8);
  std::fill(problem.k.begin(), problem.k.end(), 1.0F);
  for (size_t j = 0; j < problem.length; ++j) {
    for (size_t c = 0; c < 8; ++c) problem.v[j * problem.stride() + c] = j % 2 == 0 ? 1.0F : -0.5F;
  }
  for (const KernelTable* table : runnable_tables()) {
    const std::vector<float> context = problem.run(*table);
    for (size_t c = 0; c < 8; ++c) EXPECT_NEAR(context[c], 0.25F, 0.003F) << table->name;
  }
}

TEST(AttendInt8, SharesAre255thsOfTheLargest) {
  // Two keys of one feature: the first scores 0, the second below, and only the second has a value.
  for (float score = 0.0F; score > -40.0F; score -= 0.01F) {
    Problem problem(1, 2, 1);
    problem.q[0] = 1.0F;
    problem.k = {0.0F, 0.0F, 0.0F, 0.0F, score / 0.125F, 0.0F, 0.0F, 0.0F};
    problem.v = {0.0F, 0.0F, 0.0F, 0.0F, 1.0F, 0.0F, 0.0F, 0.0F};
    for (const KernelTable* table : runnable_tables()) {
      const double part = double{problem.run(*table)[0]};
      const double share = 255 * part / (1 - part);
      ASSERT_NEAR(share, std::round(share), 1e-3) << table->name << " at " << score;
      ASSERT_NEAR(share, 255 * std::exp(double{score}), 0.5 + 0.05) << table->name << " at " << score;
    }
  }
}

TEST(AttendInt8, NanBetweenTheKeysDoesNotLiftAShareAboveTheLargest) {
  Problem problem(3, 40, 16);
  for (const size_t j : Sizes{5, 21, 39}) problem.k[j * problem.stride() + 3] = std::numeric_limits<float>::quiet_NaN();
  problem.v[7 * problem.stride()] = std::numeric_limits<float>::quiet_NaN();
  expect_the_bits_of_the_reference(problem);
}

TEST(AttendInt8, WithoutANumberAmongTheScoresAllIsNan) {
  Problem problem(1, 5, 4);  // the lanes of a register that hold no key have a score, too
  std::fill(problem.q.begin(), problem.q.end(), 0.0F);
  std::fill(problem.k.begin(), problem.k.end(), std::numeric_limits<float>::infinity());
  for (const KernelTable* table : runnable_tables()) {
    const std::vector<float> context = problem.run(*table);
    for (size_t c = 0; c < problem.head_size; ++c) EXPECT_TRUE(std::isnan(context[c])) << table->name;
  }
}

}  // namespace
}  // namespace fbert::kernels::attention_int8_test
