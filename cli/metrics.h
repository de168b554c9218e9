#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace fbert {

// In [0, 1]. precision, recall and f1 are averages over the labels, weighted by their number of gold rows, as
// scikit-learn computes them with average="weighted", zero_division=0.
struct ClassificationMetrics {
  int64_t rows = 0;
  double accuracy = 0;
  double precision = 0;
  double recall = 0;
  double f1 = 0;
};

// Of one label; a quotient with a zero denominator is 0.
struct LabelMetrics {
  int64_t support = 0;  // gold rows
  double precision = 0;
  double recall = 0;
  double f1 = 0;
};

// What the metrics need of pairs of gold and predicted label ids; memory grows with the labels, not with their pairs.
class LabelCounts {
 public:
  explicit LabelCounts(int32_t num_labels) : counts_(static_cast<size_t>(num_labels)) {}

  void add(int32_t gold, int32_t predicted);

  LabelMetrics label(int32_t id) const;
  ClassificationMetrics metrics() const;  // zeros without rows

 private:
  struct Counts {
    int64_t gold = 0;
    int64_t predicted = 0;
    int64_t hits = 0;  // both
  };
  std::vector<Counts> counts_;  // by label id
};

// NaN where a figure is not defined: without rows; a correlation for a single row or a constant side; everything where
// a value is not finite.
struct RegressionMetrics {
  int64_t rows = 0;
  double pearson = 0;
  double spearman = 0;  // ties share the mean of their ranks
  double mse = 0;
};

// Keeps all values: ranks need them.
class RegressionScores {
 public:
  void add(double gold, double predicted);
  RegressionMetrics metrics() const;

 private:
  std::vector<double> gold_;
  std::vector<double> predicted_;
};

}  // namespace fbert
