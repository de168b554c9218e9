#include "cli/metrics.h"

#include <gtest/gtest.h>

#include <cmath>

namespace fbert {
namespace {

LabelCounts counts_of(int32_t labels, const std::vector<int32_t>& gold, const std::vector<int32_t>& predicted) {
  LabelCounts counts(labels);
  for (size_t i = 0; i < gold.size(); ++i) counts.add(gold[i], predicted[i]);
  return counts;
}

void expect_metrics(const ClassificationMetrics& found, const ClassificationMetrics& expected) {
  EXPECT_EQ(found.rows, expected.rows);
  EXPECT_NEAR(found.accuracy, expected.accuracy, 1e-15);
  EXPECT_NEAR(found.precision, expected.precision, 1e-15);
  EXPECT_NEAR(found.recall, expected.recall, 1e-15);
  EXPECT_NEAR(found.f1, expected.f1, 1e-15);
}

RegressionMetrics regression(const std::vector<double>& gold, const std::vector<double>& predicted) {
  RegressionScores scores;
  for (size_t i = 0; i < gold.size(); ++i) scores.add(gold[i], predicted[i]);
  return scores.metrics();
}

// The example of scikit-learn's documentation of precision_score, recall_score and f1_score.
TEST(ClassificationMetrics, EqualTheExampleOfScikitLearn) {
  const auto counts = counts_of(3, {0, 1, 2, 0, 1, 2}, {0, 2, 1, 0, 0, 1});
  expect_metrics(counts.metrics(), {6, 2 / 6.0, 2 / 9.0, 2 / 6.0, 4 / 15.0});
}

// By hand: label 0 has tp 3, predicted 4, gold 5; label 1 tp 1, predicted 3, gold 2; label 2 is never predicted, gold
// 1; label 3 is predicted once and has no gold row, so its precision counts nothing; label 4 does not occur.
TEST(ClassificationMetrics, WeighByGoldRowsAndTakeZeroForZeroOverZero) {
  const auto counts = counts_of(5, {0, 0, 0, 0, 0, 1, 1, 2}, {0, 0, 0, 1, 3, 1, 0, 1});
  expect_metrics(counts.metrics(), {8, 4 / 8.0, (5 * 3 / 4.0 + 2 * 1 / 3.0) / 8, (5 * 3 / 5.0 + 2 * 1 / 2.0) / 8,
                                    (5 * 6 / 9.0 + 2 * 2 / 5.0) / 8});
  EXPECT_EQ(counts.label(2).support, 1);
  EXPECT_EQ(counts.label(2).precision, 0);
  EXPECT_EQ(counts.label(3).recall, 0);
  EXPECT_EQ(counts.label(4).f1, 0);
}

TEST(ClassificationMetrics, AreOneForPerfectPredictionsOfSomeLabels) {
  expect_metrics(counts_of(3, {0, 2, 2}, {0, 2, 2}).metrics(), {3, 1, 1, 1, 1});
}

TEST(ClassificationMetrics, AreZeroWithoutRows) { expect_metrics(LabelCounts(2).metrics(), {0, 0, 0, 0, 0}); }

// The examples of SciPy's documentation of pearsonr and spearmanr.
TEST(RegressionMetrics, EqualTheExamplesOfSciPy) {
  EXPECT_NEAR(regression({0, 0, 0, 1, 1, 1, 1}, {0, 1, 2, 3, 4, 5, 6}).pearson, 0.8660254037844386, 1e-15);
  EXPECT_NEAR(regression({1, 2, 3, 4, 5}, {5, 6, 7, 8, 7}).spearman, 0.8207826816681233, 1e-15);
}

TEST(RegressionMetrics, MeasureTheMeanSquaredError) {
  const RegressionMetrics metrics = regression({3, -0.5, 2, 7}, {2.5, 0, 2, 8});
  EXPECT_EQ(metrics.rows, 4);
  EXPECT_DOUBLE_EQ(metrics.mse, 0.375);
}

TEST(RegressionMetrics, KeepPearsonExactFarFromZero) {
  EXPECT_NEAR(regression({1e9 + 1, 1e9 + 2, 1e9 + 3}, {-1, -2, -3}).pearson, -1, 1e-12);
}

TEST(RegressionMetrics, AreNanWhereTheyAreNotDefined) {
  EXPECT_TRUE(std::isnan(regression({1, 1}, {1, 2}).pearson));
  EXPECT_TRUE(std::isnan(regression({1, 2}, {2, 2}).spearman));
  EXPECT_TRUE(std::isnan(regression({1}, {1}).pearson));
  EXPECT_EQ(regression({1}, {1}).mse, 0);
  EXPECT_TRUE(std::isnan(regression({}, {}).mse));
  EXPECT_TRUE(std::isnan(regression({1, 2, 3}, {1, std::nan(""), 2}).spearman));
}

}  // namespace
}  // namespace fbert
