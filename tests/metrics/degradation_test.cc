#include "metrics/degradation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

namespace fbert::degradation_test {
namespace {

TEST(Flips, CountBothDirectionsAndOtherChanges) {
  Flips flips;
  flips.add(0, 0, 0);
  flips.add(0, 0, 1);  // broken
  flips.add(0, 1, 0);  // fixed
  flips.add(0, 1, 2);  // wrong both times, another way
  EXPECT_EQ(flips.changed, 3);
  EXPECT_EQ(flips.broken, 1);
  EXPECT_EQ(flips.fixed, 1);
}

std::vector<Metric> metrics_of(double f1) { return {{"accuracy", f1}, {"f1", f1}}; }

TEST(Degradation, IsThisFormMinusTheFirst) {
  const Degradation degradation =
      classifier_degradation(metrics_of(0.9), metrics_of(0.85), {.changed = 9, .broken = 7, .fixed = 1});
  EXPECT_NEAR(degradation.difference("f1"), -0.05, 1e-12);
  EXPECT_TRUE(std::isnan(degradation.difference("mcc")));
  EXPECT_EQ(degradation.changed, 9);
  EXPECT_NEAR(degradation.mcnemar.p_value, 2 * 9 / 256.0, 1e-12);
}

TEST(Degradation, WarnsOfADropOfF1BeyondOnePoint) {
  const auto status = [](double f1) { return classifier_degradation(metrics_of(0.9), metrics_of(f1), {}).status(); };
  EXPECT_STREQ(status(0.8901), "ok");
  EXPECT_STREQ(status(0.8899), "WARNING");
  EXPECT_STREQ(status(0.95), "ok");
}

struct Regression {
  std::vector<double> gold, first, other;

  // The first variant has noise of 0.1, the other one of `noise`.
  explicit Regression(double noise) {
    for (int i = 0; i < 300; ++i) {
      gold.push_back(std::sin(i * 0.7) * 2);
      first.push_back(gold.back() + 0.1 * std::cos(i * 3.1));
      other.push_back(gold.back() + noise * std::cos(i * 5.3));
    }
  }

  Degradation degradation() const { return regression_degradation(metrics(first), metrics(other), gold, first, other); }

  std::vector<Metric> metrics(const std::vector<double>& predicted) const {
    RegressionScores scores;
    for (size_t i = 0; i < gold.size(); ++i) scores.add(gold[i], predicted[i]);
    return all_metrics(scores);
  }
};

TEST(Degradation, IntervalsOfRegressionHoldTheDifference) {
  const Degradation degradation = Regression(1).degradation();
  ASSERT_EQ(degradation.intervals.size(), degradation.differences.size());
  for (size_t i = 0; i < degradation.intervals.size(); ++i) {
    EXPECT_LT(degradation.intervals[i].low, degradation.differences[i].second) << degradation.differences[i].first;
    EXPECT_GT(degradation.intervals[i].high, degradation.differences[i].second) << degradation.differences[i].first;
  }
  EXPECT_LT(degradation.intervals[0].high, 0);  // Pearson's correlation is surely lower
  EXPECT_GT(degradation.intervals[2].low, 0);   // the mean squared error surely higher
  EXPECT_TRUE(degradation.warning);
}

TEST(Degradation, IntervalsOfTheSamePredictionsAreZero) {
  Regression same(0);
  same.other = same.first;
  const Degradation degradation = same.degradation();
  for (const Interval& interval : degradation.intervals) {
    EXPECT_EQ(interval.low, 0);
    EXPECT_EQ(interval.high, 0);
  }
  EXPECT_FALSE(degradation.warning);
}

TEST(AccuracyInterval, HoldsTheDifferenceAndDrawsLessOfManyRows) {
  const Interval interval = accuracy_interval(100, 20, 5);
  EXPECT_LT(interval.low, -0.15);
  EXPECT_GT(interval.high, -0.15);
  EXPECT_LT(interval.high, 0);
  EXPECT_EQ(affordable_bootstrap(1000).resamples, 2000);
  EXPECT_EQ(affordable_bootstrap(400'000).resamples, 500);
  EXPECT_EQ(affordable_bootstrap(100'000'000).resamples, 200);
}

}  // namespace
}  // namespace fbert::degradation_test
