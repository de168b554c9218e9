#include "metrics/statistics.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "tests/metrics/golden_cases.h"

namespace fbert::statistics_test {
namespace {

using testing::expect_golden;
using testing::golden_cases;
using Values = std::vector<double>;

// Calls check(arguments) for the cases of a function and compares what it gives.
template <typename Check>
void check_golden(const char* function, Check check) {
  for (const auto& entry : golden_cases(function)) expect_golden(entry, check(entry["arguments"]));
}

Values values_of(const nlohmann::json& arguments, const char* name) { return arguments[name].get<Values>(); }

TEST(Statistics, OneSampleEqualsNumPyAndSciPy) {
  check_golden("mean", [](const auto& x) { return Values{mean(values_of(x, "values"))}; });
  check_golden("sample_std", [](const auto& x) { return Values{sample_std(values_of(x, "values"))}; });
  check_golden("percentile", [](const auto& x) { return Values{percentile(values_of(x, "values"), x["p"])}; });
  check_golden("mean_interval", [](const auto& x) {
    const Interval interval = mean_interval(values_of(x, "values"), x["confidence"]);
    return Values{interval.low, interval.high};
  });
}

TEST(Statistics, RankTestsEqualSciPy) {
  check_golden("wilcoxon_p", [](const auto& x) {
    return Values{wilcoxon_signed_rank(values_of(x, "a"), values_of(x, "b")).p_value};
  });
  check_golden("mann_whitney", [](const auto& x) {
    const RankTest test = mann_whitney(values_of(x, "a"), values_of(x, "b"));
    return Values{test.statistic, test.p_value};
  });
}

TEST(Statistics, CorrelationsEqualSciPy) {
  check_golden("ranks", [](const auto& x) { return ranks(values_of(x, "values")); });
  check_golden("pearson", [](const auto& x) { return Values{pearson(values_of(x, "a"), values_of(x, "b"))}; });
  check_golden("spearman", [](const auto& x) { return Values{spearman(values_of(x, "a"), values_of(x, "b"))}; });
}

TEST(Statistics, LogRatioEqualsTheTIntervalOfSciPy) {
  check_golden("paired_log_ratio", [](const auto& x) {
    const Estimate ratio = paired_log_ratio(values_of(x, "a"), values_of(x, "b"));
    return Values{ratio.value, ratio.interval.low, ratio.interval.high};
  });
}

TEST(Statistics, ProbabilityScoresEqualScikitLearn) {
  check_golden("log_loss", [](const auto& x) { return Values{log_loss(values_of(x, "probability_of_gold"))}; });
  const auto mean_over_rows = [](const nlohmann::json& rows, const nlohmann::json& gold, auto score) {
    Values scores;
    for (size_t i = 0; i < rows.size(); ++i) scores.push_back(score(rows[i].get<std::vector<float>>(), gold[i]));
    return Values{mean(scores)};
  };
  check_golden("cross_entropy", [&](const auto& x) { return mean_over_rows(x["logits"], x["gold"], cross_entropy); });
  check_golden("brier", [&](const auto& x) { return mean_over_rows(x["probabilities"], x["gold"], brier_score); });
  // 1 - p is not exact in float: 2^-24 for each of the two.
  for (const auto& entry : golden_cases("brier_of_two")) {
    const auto found = mean_over_rows(entry["arguments"]["probabilities"], entry["arguments"]["gold"], brier_score);
    EXPECT_NEAR(found[0], entry["expected"][0].get<double>(), 1e-6);
  }
}

TEST(Statistics, McNemarEqualsSciPy) {
  check_golden("mcnemar", [](const auto& x) { return Values{mcnemar(x["only_first"], x["only_second"]).p_value}; });
}

TEST(Statistics, McNemarIsExactForFewFlips) {
  EXPECT_TRUE(mcnemar(2, 22).exact);
  EXPECT_FALSE(mcnemar(3, 22).exact);
  EXPECT_EQ(mcnemar(0, 0).p_value, 1);
  EXPECT_EQ(mcnemar(7, 7).p_value, 1);
  EXPECT_EQ(mcnemar(50, 50).p_value, 1);
  EXPECT_DOUBLE_EQ(mcnemar(0, 6).p_value, 2.0 / 64);
}

// Agresti, "Categorical Data Analysis", table 10.1 (approval of the prime minister): 150 and 86 discordant pairs, z^2 =
// 17.36 without the continuity correction.
TEST(Statistics, McNemarUsesTheContinuityCorrection) {
  EXPECT_NEAR(mcnemar(150, 86).statistic, 63.0 * 63 / 236, 1e-12);
}

TEST(Statistics, FiguresThatAreNotDefinedAreNan) {
  const Values none;
  const Values one{1};
  EXPECT_TRUE(std::isnan(mean(none)));
  EXPECT_TRUE(std::isnan(median(none)));
  EXPECT_TRUE(std::isnan(sample_std(one)));
  EXPECT_TRUE(std::isnan(mean_interval(one).low));
  EXPECT_TRUE(std::isnan(bootstrap_interval(none, mean).low));
  EXPECT_TRUE(std::isnan(percentile(Values{1, std::nan("")}, 50)));
  EXPECT_TRUE(std::isnan(pearson(one, one)));
  EXPECT_TRUE(std::isnan(spearman(Values{1, 2, 3}, Values{2, 2, 2})));
  EXPECT_TRUE(std::isnan(wilcoxon_signed_rank(Values{std::nan("")}, one).p_value));
  EXPECT_TRUE(std::isnan(mann_whitney(none, one).p_value));
  EXPECT_TRUE(std::isnan(expected_calibration_error(none, {})));
}

TEST(Statistics, RankTestsOfEqualSamplesFindNothing) {
  const Values same{3, 3, 3};
  EXPECT_EQ(wilcoxon_signed_rank(same, same).p_value, 1);
  EXPECT_EQ(mann_whitney(same, same).p_value, 1);
}

TEST(Statistics, RankTestsSayWhichSampleIsGreater) {
  const Values high{5, 6, 7, 8, 9};
  const Values low{1, 2, 3, 4, 5};
  EXPECT_GT(wilcoxon_signed_rank(high, low).z, 0);
  EXPECT_LT(wilcoxon_signed_rank(low, high).z, 0);
  EXPECT_GT(mann_whitney(high, low).z, 0);
  EXPECT_LT(mann_whitney(low, high).z, 0);
}

TEST(Statistics, PercentilesNeedTenValuesAboveThem) {
  EXPECT_TRUE(supports_percentile(100, 90));
  EXPECT_FALSE(supports_percentile(99, 90));
  EXPECT_TRUE(supports_percentile(1000, 99));
  EXPECT_FALSE(supports_percentile(999, 99));
}

TEST(Statistics, BatchesCoverEveryValueOnce) {
  Values values(103);
  std::iota(values.begin(), values.end(), 0.0);
  const Values means = of_batches(values, 10, mean);
  ASSERT_EQ(means.size(), 10u);
  EXPECT_EQ(means.front(), 4.5);
  EXPECT_EQ(means.back(), 97);
  EXPECT_EQ(of_batches(Values{1, 2}, 10, median), (Values{1, 2}));
}

TEST(Statistics, BootstrapOfTheMeanComesCloseToTheTInterval) {
  Values values;
  for (int i = 0; i < 200; ++i) values.push_back(std::sin(i * 1.7) + 0.001 * i);
  const Interval t = mean_interval(values);
  const Interval bootstrap = bootstrap_interval(values, mean, {.resamples = 4000});
  const double width = t.high - t.low;
  EXPECT_NEAR(bootstrap.low, t.low, 0.05 * width);
  EXPECT_NEAR(bootstrap.high, t.high, 0.05 * width);
}

TEST(Statistics, BootstrapDependsOnItsSeedAlone) {
  const Values values{1, 5, 2, 8, 3, 9, 4, 7};
  const Interval first = bootstrap_interval(values, median);
  const Interval again = bootstrap_interval(values, median);
  EXPECT_EQ(first.low, again.low);
  EXPECT_EQ(first.high, again.high);
  const Interval other = bootstrap_interval(values, mean, {.seed = 1});
  const Interval another = bootstrap_interval(values, mean, {.seed = 2});
  EXPECT_NE(other.low, another.low);
}

// Rows have a spread of 100, the two columns differ by 1 +- 0.1: only a paired interval can see it.
TEST(Statistics, PairedIntervalsTakeBothSidesOfARow) {
  Values a;
  Values b;
  for (int i = 0; i < 50; ++i) {
    b.push_back(1000 + 100 * std::cos(i * 2.3));
    a.push_back(b.back() + 1 + 0.1 * std::sin(i * 1.1));
  }
  const Interval difference = paired_difference_interval(a, b, mean);
  EXPECT_NEAR(difference.low, 1, 0.05);
  EXPECT_NEAR(difference.high, 1, 0.05);
  const Estimate ratio = paired_ratio(a, b, mean);
  EXPECT_NEAR(ratio.value, mean(a) / mean(b), 1e-15);
  EXPECT_GT(ratio.interval.low, 1.0005);
  EXPECT_LT(ratio.interval.high, 1.0015);
  EXPECT_NEAR(paired_ratio(a, b, median).value, median(a) / median(b), 1e-15);
}

TEST(Statistics, BootstrapLeavesOutResamplesWithoutTheStatistic) {
  const Values x{1, 2};
  const Interval interval =
      bootstrap_rows(2, [&](std::span<const size_t> rows) { return rows[0] == rows[1] ? std::nan("") : x[rows[0]]; });
  EXPECT_EQ(interval.low, 1);
  EXPECT_EQ(interval.high, 2);
}

// By hand: bins (0.5, 0.6]: two rows, one right, mean confidence 0.55; (0.9, 1]: two rows, both right, 0.97.
TEST(Statistics, CalibrationErrorWeighsBinsByRows) {
  const Values confidence{0.52, 0.58, 0.96, 0.98};
  const std::vector<uint8_t> correct{1, 0, 1, 1};
  EXPECT_NEAR(expected_calibration_error(confidence, correct, 10), (2 * 0.05 + 2 * 0.03) / 4, 1e-12);
  EXPECT_EQ(expected_calibration_error(Values{1, 1, 0}, std::vector<uint8_t>{1, 1, 0}, 15), 0);
}

TEST(Statistics, CrossEntropyKeepsSmallProbabilities) {
  const std::vector<float> logits{0, 1000};
  EXPECT_EQ(cross_entropy(logits, 0), 1000);
  EXPECT_EQ(cross_entropy(logits, 1), 0);
}

TEST(Statistics, MatthewsCorrelationOfOneLabelIsZero) {
  EXPECT_EQ(matthews_correlation(std::vector<int64_t>{5, 0}, std::vector<int64_t>{5, 0}, 5), 0);
  EXPECT_EQ(matthews_correlation(std::vector<int64_t>{3, 2}, std::vector<int64_t>{3, 2}, 5), 1);
}

}  // namespace
}  // namespace fbert::statistics_test
