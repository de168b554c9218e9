#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fbert {

// A quotient with a zero denominator is 0 (scikit-learn's zero_division=0).
struct PrecisionRecallF1 {
  double precision = 0;
  double recall = 0;
  double f1 = 0;
};

struct LabelMetrics : PrecisionRecallF1 {
  int64_t support = 0;  // gold rows
};

// How the figures of the labels become one, as scikit-learn's `average` of the same name: weighted by gold rows; the
// mean over the labels that occur, as gold or as prediction; over all rows and labels at once; of the label with id 1.
enum class Average { kWeighted, kMacro, kMicro, kBinary };

// What the metrics need of pairs of gold and predicted label ids; memory grows with the labels, not with their pairs.
class LabelCounts {
 public:
  // A model of more labels has no confusion matrix: it would grow with their square.
  static constexpr int32_t kMostConfusionLabels = 100;

  explicit LabelCounts(int32_t num_labels);

  void add(int32_t gold, int32_t predicted);

  int32_t num_labels() const { return static_cast<int32_t>(gold_.size()); }
  int64_t rows() const { return rows_; }
  double accuracy() const;  // 0 without rows, as everything below
  LabelMetrics label(int32_t id) const;
  PrecisionRecallF1 average(Average average) const;  // kBinary: of two labels
  double mcc() const;                                // matthews_correlation()

  // (num_labels, num_labels) counts, a row for each gold label; empty above kMostConfusionLabels.
  std::span<const int64_t> confusion() const { return confusion_; }

 private:
  std::vector<int64_t> gold_;  // these three by label id
  std::vector<int64_t> predicted_;
  std::vector<int64_t> hits_;  // both
  std::vector<int64_t> confusion_;
  int64_t rows_ = 0;
  int64_t all_hits_ = 0;
};

// Keeps all values, because ranks need them. Figures that are not defined are NaN: all without rows or with a value
// that is not finite, a correlation for a single row or a constant side.
class RegressionScores {
 public:
  void add(double gold, double predicted);

  std::span<const double> gold() const { return gold_; }
  std::span<const double> predicted() const { return predicted_; }
  double pearson() const;
  double spearman() const;
  double mse() const;

 private:
  std::vector<double> gold_;
  std::vector<double> predicted_;
};

double mean_squared_error(std::span<const double> gold, std::span<const double> predicted);

// A figure by its name in reports.
using Metric = std::pair<std::string, double>;

// Every metric of a classifier: accuracy, then precision, recall and f1 without suffix (weighted) and with _macro,
// _micro and, for two labels, _binary; mcc; eval_loss, the mean cross entropy.
std::vector<Metric> all_metrics(const LabelCounts& counts, double eval_loss);

// Of a regression model: pearson, spearman, mse, eval_loss (which is the mse).
std::vector<Metric> all_metrics(const RegressionScores& scores);

// NaN where there is no such metric.
double find_metric(const std::vector<Metric>& metrics, std::string_view name);

// Whether 1 is best: of all metrics but mse and eval_loss.
bool higher_is_better(std::string_view metric);

}  // namespace fbert
