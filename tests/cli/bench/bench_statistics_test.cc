#include "cli/bench/statistics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <random>
#include <set>

#include "cli/bench/sampling.h"

namespace fbert::bench_statistics_test {
namespace {

constexpr size_t kBlock = 16;

// Latencies as machines give them: what slows a round down slows both variants down, noise within a round, and now and
// then a sample that was preempted.
struct Machine {
  std::mt19937_64 random;

  std::pair<std::vector<double>, std::vector<double>> measure(double ratio, size_t rounds) {
    std::normal_distribution<double> drift(0, 0.02), jitter(0, 0.02), own(0, 0.005);
    std::uniform_real_distribution<double> chance(0, 1);
    std::vector<double> a, b;
    double level = 1;
    for (size_t round = 0; round < rounds; ++round) {
      level = 1 + 0.9 * (level - 1) + drift(random);
      for (auto& [samples, mean] : {std::pair(&a, ratio), std::pair(&b, 1.0)}) {
        const double here = mean * level * (1 + own(random));
        for (size_t i = 0; i < kBlock; ++i) {
          samples->push_back(here * (1 + std::abs(jitter(random))) + (chance(random) < 0.01 ? 3 : 0));
        }
      }
    }
    return {a, b};
  }
};

TEST(BenchStatistics, EqualVariantsAreRarelyCalledDifferent) {
  Machine machine{std::mt19937_64(1)};
  int different = 0;
  for (int i = 0; i < 100; ++i) {
    const auto [a, b] = machine.measure(1, 100);
    different += compare_rounds(a, b, kBlock).verdict != Verdict::kNotDistinguishable;
  }
  EXPECT_LE(different, 5);
}

TEST(BenchStatistics, ThreePercentSlowerIsCalledSlower) {
  Machine machine{std::mt19937_64(2)};
  int slower = 0, faster = 0, covered = 0;
  for (int i = 0; i < 100; ++i) {
    const auto [a, b] = machine.measure(1.03, 100);
    const BenchRatio ratio = compare_rounds(a, b, kBlock);
    slower += ratio.verdict == Verdict::kSlower;
    covered += ratio.ratio.interval.low <= 1.03 && 1.03 <= ratio.ratio.interval.high;
    faster += compare_rounds(b, a, kBlock).verdict == Verdict::kFaster;
  }
  EXPECT_GE(slower, 95);
  EXPECT_GE(faster, 95);
  EXPECT_GE(covered, 88);
}

// From samples as if they were independent, the interval would be several times too narrow here.
TEST(BenchStatistics, MeanIntervalCoversTheMeanOfDependentSamples) {
  std::mt19937_64 random(3);
  std::normal_distribution<double> noise(0, 0.01);
  int covered = 0;
  for (int i = 0; i < 60; ++i) {
    std::vector<double> samples;
    double level = 0;
    for (int j = 0; j < 10000; ++j) samples.push_back(1 + (level = 0.98 * level + noise(random)));
    const Interval interval = summarize(samples, 8).mean_interval;
    covered += interval.low <= 1 && 1 <= interval.high;
  }
  EXPECT_GE(covered, 51);
}

// Speed that wanders over every span of time alike, as that of machines does: 1/f noise.
class Wandering {
 public:
  double next() {
    double sum = 0;
    for (size_t i = 0; i < levels_.size(); ++i) {
      const double keep = 1 - std::exp2(-static_cast<double>(i + 1));
      levels_[i] = keep * levels_[i] + std::sqrt(1 - keep * keep) * normal_(random_);
      sum += levels_[i];
    }
    return sum;
  }

 private:
  std::mt19937_64 random_{5};
  std::normal_distribution<double> normal_;
  std::array<double, 18> levels_{};
};

TEST(BenchStatistics, MeanIntervalsOfRunsInARowOverlap) {
  Wandering speed;
  Interval before{};
  int overlaps = 0;
  constexpr int kRuns = 60;
  for (int run = 0; run <= kRuns; ++run) {
    std::vector<double> samples;
    for (int i = 0; i < 8000; ++i) samples.push_back(1 + 0.001 * speed.next());
    const Interval interval = summarize(samples, 16).mean_interval;
    if (run > 0) overlaps += interval.low <= before.high && before.low <= interval.high;
    before = interval;
  }
  EXPECT_GE(overlaps, kRuns * 9 / 10);
}

TEST(BenchStatistics, DifferencesBelowTheLeastAreNoVerdict) {
  std::vector<double> a(640, 1.008), b(640, 1.0);
  const BenchRatio ratio = compare_rounds(a, b, kBlock);
  EXPECT_NEAR(ratio.ratio.value, 1.008, 1e-12);
  EXPECT_EQ(ratio.verdict, Verdict::kNotDistinguishable);
  EXPECT_LT(ratio.p_value, 1e-3);  // the test knows that they differ, the verdict that it may be the memory's place
}

TEST(BenchStatistics, PercentilesNeedEnoughSamples) {
  std::vector<double> samples(999);
  for (size_t i = 0; i < samples.size(); ++i) samples[i] = static_cast<double>(i + 1);
  EXPECT_TRUE(std::isnan(summarize(samples, 1).p99));
  EXPECT_FALSE(std::isnan(summarize(samples, 1).p95));
  samples.push_back(1000);
  const BenchSummary summary = summarize(samples, 1);
  EXPECT_NEAR(summary.p99, 990.01, 1e-9);
  EXPECT_TRUE(std::isnan(summary.p999));
  EXPECT_EQ(summary.min, 1);
  EXPECT_EQ(summary.max, 1000);
  EXPECT_EQ(summary.n, 1000u);
  EXPECT_DOUBLE_EQ(summary.mean, 500.5);
}

TEST(BenchStatistics, OneRoundGivesNoVerdict) {
  const std::vector<double> a = {2.0, 2.1}, b = {1.0, 1.1};
  EXPECT_EQ(compare_rounds(a, b, 2).verdict, Verdict::kNotDistinguishable);
}

TEST(BenchStatistics, RunsAreComparedByTheirRounds) {
  Machine machine{std::mt19937_64(4)};
  const auto [a, b] = machine.measure(1.2, 100);
  const auto [c, d] = machine.measure(1.0, 120);
  EXPECT_EQ(compare_runs(a, kBlock, d, kBlock).verdict, Verdict::kSlower);
  EXPECT_EQ(compare_runs(d, kBlock, a, kBlock).verdict, Verdict::kFaster);
  const BenchRatio same = compare_runs(a, kBlock, a, kBlock);
  EXPECT_NEAR(same.ratio.value, 1, 1e-12);
  EXPECT_EQ(same.verdict, Verdict::kNotDistinguishable);
}

TEST(BenchStatistics, CountsFarOutliers) {
  std::vector<double> samples = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  EXPECT_EQ(count_outliers(samples), 0u);
  samples.push_back(100);
  EXPECT_EQ(count_outliers(samples), 1u);
}

TEST(BenchSampling, GivesTheSameInputsToAllAndCountsThem) {
  std::vector<std::vector<size_t>> seen(3);
  std::vector<BenchCall> calls;
  for (auto& indices : seen) calls.push_back([&indices](size_t index) { indices.push_back(index); });
  const auto sampled = sample_interleaved(calls, {.samples = 500, .min_seconds = 0, .warmup_runs = 0});
  ASSERT_EQ(sampled.size(), 3u);
  EXPECT_GE(sampled[0].ms.size(), 500u);
  EXPECT_LT(sampled[0].ms.size(), 500u + sampled[0].block);
  EXPECT_EQ(sampled[1].ms.size(), sampled[0].ms.size());
  EXPECT_EQ(seen[1].size(), seen[0].size());
  EXPECT_EQ(std::set(seen[0].begin(), seen[0].end()).size(), sampled[0].ms.size());
  EXPECT_TRUE(std::is_permutation(seen[0].begin(), seen[0].end(), seen[2].begin(), seen[2].end()));
}

TEST(BenchSampling, OrderChangesFromRoundToRound) {
  std::vector<int> order;
  std::vector<BenchCall> calls;
  for (int i = 0; i < 2; ++i) {
    calls.push_back([&order, i](size_t) {
      if (order.empty() || order.back() != i) order.push_back(i);
    });
  }
  const auto sampled = sample_interleaved(calls, {.samples = 600, .min_seconds = 0, .warmup_runs = 0});
  const size_t rounds = sampled[0].ms.size() / sampled[0].block;
  ASSERT_GT(rounds, 20u);
  EXPECT_GT(order.size(), rounds);          // where a round begins as the one before ended, nothing changes
  EXPECT_LT(order.size(), 2 * rounds - 5);  // A B A B ... all the time would be 2 for each round
}

TEST(BenchSampling, StopsAtTheTimeThatIsGiven) {
  int runs = 0;
  const std::vector<BenchCall> calls = {[&](size_t) {
    ++runs;
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(1);
    while (std::chrono::steady_clock::now() < end) {
    }
  }};
  double last = 0;
  const SamplingPlan plan{.samples = 1'000'000, .min_seconds = 0, .max_seconds = 0.05, .warmup_runs = 0};
  const auto sampled = sample_interleaved(calls, plan, [&](double fraction) { last = fraction; });
  EXPECT_GE(last, 1);
  EXPECT_LE(sampled[0].ms.size(), 60u);
  EXPECT_GE(sampled[0].ms.size(), 1u);
  EXPECT_GE(*std::min_element(sampled[0].ms.begin(), sampled[0].ms.end()), 1.0);
}

}  // namespace
}  // namespace fbert::bench_statistics_test
