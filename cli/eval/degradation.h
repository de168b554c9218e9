#pragma once

#include <cstdint>
#include <span>

#include "cli/eval/report.h"

namespace fbert {

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

// What `other` lost against `first`; both have their metrics, sizes and times, of the same rows.
Degradation classifier_degradation(const VariantReport& first, const VariantReport& other, const Flips& flips);

// The same for regression models, whose gold and predicted values are given by row. Intervals come from up to 2,000
// resamples, fewer where rows are many: about 2 * 10^8 rows are drawn for a metric. The ranks in Spearman's are those
// of all rows, so that they need not be found again for every resample.
Degradation regression_degradation(const VariantReport& first, const VariantReport& other, std::span<const double> gold,
                                   std::span<const double> first_predicted, std::span<const double> other_predicted);

}  // namespace fbert
