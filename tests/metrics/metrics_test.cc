#include "metrics/metrics.h"

#include <cmath>

#include "tests/metrics/golden_cases.h"

namespace fbert::metrics_test {
namespace {

using testing::expect_golden;
using testing::golden_cases;

LabelCounts counts_of(int32_t labels, const std::vector<int32_t>& gold, const std::vector<int32_t>& predicted) {
  LabelCounts counts(labels);
  for (size_t i = 0; i < gold.size(); ++i) counts.add(gold[i], predicted[i]);
  return counts;
}

LabelCounts counts_of(const nlohmann::json& arguments) {
  return counts_of(arguments["labels"], arguments["gold"], arguments["predicted"]);
}

RegressionScores scores_of(const std::vector<double>& gold, const std::vector<double>& predicted) {
  RegressionScores scores;
  for (size_t i = 0; i < gold.size(); ++i) scores.add(gold[i], predicted[i]);
  return scores;
}

void expect_near(const PrecisionRecallF1& found, const PrecisionRecallF1& expected) {
  EXPECT_NEAR(found.precision, expected.precision, 1e-15);
  EXPECT_NEAR(found.recall, expected.recall, 1e-15);
  EXPECT_NEAR(found.f1, expected.f1, 1e-15);
}

std::vector<std::string> names_of(const std::vector<Metric>& metrics) {
  std::vector<std::string> names;
  for (const auto& [name, value] : metrics) names.push_back(name);
  return names;
}

TEST(ClassificationMetrics, EqualScikitLearn) {
  for (const auto& entry : golden_cases("classification")) {
    const LabelCounts counts = counts_of(entry["arguments"]);
    std::vector<double> found = {counts.accuracy(), counts.mcc()};
    for (const Average average : {Average::kWeighted, Average::kMacro, Average::kMicro, Average::kBinary}) {
      if (average == Average::kBinary && counts.num_labels() != 2) continue;
      const PrecisionRecallF1 figures = counts.average(average);
      found.insert(found.end(), {figures.precision, figures.recall, figures.f1});
    }
    expect_golden(entry, found);
  }
}

TEST(ClassificationMetrics, ConfusionMatrixAndLabelsEqualScikitLearn) {
  for (const auto& entry : golden_cases("confusion_matrix")) {
    const LabelCounts counts = counts_of(entry["arguments"]);
    expect_golden(entry, {counts.confusion().begin(), counts.confusion().end()});
  }
  for (const auto& entry : golden_cases("per_class")) {
    const LabelCounts counts = counts_of(entry["arguments"]);
    std::vector<double> found;
    for (int32_t id = 0; id < counts.num_labels(); ++id) {
      const LabelMetrics label = counts.label(id);
      found.insert(found.end(), {label.precision, label.recall, label.f1, static_cast<double>(label.support)});
    }
    expect_golden(entry, found);
  }
}

// By hand: label 0 has tp 3, predicted 4, gold 5; label 1 tp 1, predicted 3, gold 2; label 2 is never predicted, gold
// 1; label 3 is predicted once and has no gold row, so its precision counts nothing; label 4 does not occur.
TEST(ClassificationMetrics, WeighByGoldRowsAndTakeZeroForZeroOverZero) {
  const auto counts = counts_of(5, {0, 0, 0, 0, 0, 1, 1, 2}, {0, 0, 0, 1, 3, 1, 0, 1});
  EXPECT_EQ(counts.accuracy(), 4 / 8.0);
  expect_near(counts.average(Average::kWeighted),
              {(5 * 3 / 4.0 + 2 * 1 / 3.0) / 8, (5 * 3 / 5.0 + 2 * 1 / 2.0) / 8, (5 * 6 / 9.0 + 2 * 2 / 5.0) / 8});
  expect_near(counts.average(Average::kMacro),
              {(3 / 4.0 + 1 / 3.0) / 4, (3 / 5.0 + 1 / 2.0) / 4, (6 / 9.0 + 2 / 5.0) / 4});
  expect_near(counts.average(Average::kMicro), {4 / 8.0, 4 / 8.0, 4 / 8.0});
  EXPECT_EQ(counts.label(2).support, 1);
  EXPECT_EQ(counts.label(2).precision, 0);
  EXPECT_EQ(counts.label(3).recall, 0);
  EXPECT_EQ(counts.label(4).f1, 0);
}

TEST(ClassificationMetrics, AreOneForPerfectPredictionsOfSomeLabels) {
  const auto counts = counts_of(3, {0, 2, 2}, {0, 2, 2});
  EXPECT_EQ(counts.accuracy(), 1);
  for (const Average average : {Average::kWeighted, Average::kMacro, Average::kMicro}) {
    expect_near(counts.average(average), {1, 1, 1});
  }
}

TEST(ClassificationMetrics, AreZeroWithoutRows) {
  const LabelCounts counts(2);
  EXPECT_EQ(counts.accuracy(), 0);
  EXPECT_EQ(counts.mcc(), 0);
  for (const Average average : {Average::kWeighted, Average::kMacro, Average::kMicro, Average::kBinary}) {
    expect_near(counts.average(average), {});
  }
}

TEST(ClassificationMetrics, ManyLabelsHaveNoConfusionMatrix) {
  EXPECT_EQ(LabelCounts(100).confusion().size(), 10'000u);
  EXPECT_TRUE(LabelCounts(101).confusion().empty());
}

TEST(ClassificationMetrics, BinaryFiguresAreForTwoLabelsOnly) {
  const auto two = names_of(all_metrics(LabelCounts(2), 0));
  const auto three = names_of(all_metrics(LabelCounts(3), 0));
  EXPECT_NE(std::find(two.begin(), two.end(), "f1_binary"), two.end());
  EXPECT_EQ(std::find(three.begin(), three.end(), "f1_binary"), three.end());
  EXPECT_EQ(three.size() + 3, two.size());
}

// The examples of SciPy's documentation of pearsonr and spearmanr.
TEST(RegressionMetrics, EqualTheExamplesOfSciPy) {
  EXPECT_NEAR(scores_of({0, 0, 0, 1, 1, 1, 1}, {0, 1, 2, 3, 4, 5, 6}).pearson(), 0.8660254037844386, 1e-15);
  EXPECT_NEAR(scores_of({1, 2, 3, 4, 5}, {5, 6, 7, 8, 7}).spearman(), 0.8207826816681233, 1e-15);
}

TEST(RegressionMetrics, MeanSquaredErrorEqualsScikitLearn) {
  for (const auto& entry : golden_cases("mse")) {
    expect_golden(entry, {scores_of(entry["arguments"]["a"], entry["arguments"]["b"]).mse()});
  }
}

TEST(RegressionMetrics, KeepPearsonExactFarFromZero) {
  EXPECT_NEAR(scores_of({1e9 + 1, 1e9 + 2, 1e9 + 3}, {-1, -2, -3}).pearson(), -1, 1e-12);
}

TEST(RegressionMetrics, AreNanWhereTheyAreNotDefined) {
  EXPECT_TRUE(std::isnan(scores_of({1, 1}, {1, 2}).pearson()));
  EXPECT_TRUE(std::isnan(scores_of({1, 2}, {2, 2}).spearman()));
  EXPECT_TRUE(std::isnan(scores_of({1}, {1}).pearson()));
  EXPECT_EQ(scores_of({1}, {1}).mse(), 0);
  EXPECT_TRUE(std::isnan(scores_of({}, {}).mse()));
  EXPECT_TRUE(std::isnan(scores_of({1, 2, 3}, {1, std::nan(""), 2}).spearman()));
}

}  // namespace
}  // namespace fbert::metrics_test
