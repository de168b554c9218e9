#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "metrics/metrics.h"
#include "metrics/statistics.h"

namespace fbert {

// What one form of a model lost against another, the first, on the same rows.
struct Degradation {
  // A greater drop of this metric is marked.
  static constexpr double kMostDrop = 0.01;
  static constexpr const char* kDecisive = "f1";
  static constexpr const char* kRegressionDecisive = "pearson";

  std::vector<Metric> differences;  // of every metric, this form minus the first
  bool warning = false;

  // Of a classifier.
  int64_t changed = 0;  // rows with another label than the first form gives
  int64_t broken = 0;   // of these, right with the first form and wrong with this one
  int64_t fixed = 0;    // wrong with the first and right with this one
  McNemar mcnemar{};

  // Of a regression model: 95 % paired bootstrap intervals of `differences`, in their order.
  std::vector<Interval> intervals;

  double difference(const std::string& metric) const;  // NaN where there is no such metric
  const char* status() const { return warning ? "WARNING" : "ok"; }
};

// Rows on which two classifiers differ.
struct Flips {
  int64_t changed = 0;  // another label
  int64_t broken = 0;   // right with the first, wrong with the second
  int64_t fixed = 0;    // the other way round

  void add(int32_t gold, int32_t first, int32_t second) {
    changed += first != second ? 1 : 0;
    broken += first == gold && second != gold ? 1 : 0;
    fixed += first != gold && second == gold ? 1 : 0;
  }
};

// From the metrics of both, of the same rows.
Degradation classifier_degradation(const std::vector<Metric>& first, const std::vector<Metric>& other,
                                   const Flips& flips);

// The same for regression models, whose gold and predicted values are given by row. Intervals come from
// affordable_bootstrap(). The ranks in Spearman's are those of all rows, so that they need not be found again for every
// resample.
Degradation regression_degradation(const std::vector<Metric>& first, const std::vector<Metric>& other,
                                   std::span<const double> gold, std::span<const double> first_predicted,
                                   std::span<const double> other_predicted);

// 95 % paired bootstrap interval of the difference of two accuracies over `rows` rows, by rows of which `broken` count
// -1, `fixed` 1 and the others 0.
Interval accuracy_interval(int64_t rows, int64_t broken, int64_t fixed);

}  // namespace fbert
