#include "cli/eval/degradation.h"

#include <algorithm>
#include <functional>
#include <vector>

namespace fbert {
namespace {

constexpr double kMostDraws = 2e8;

Degradation differences(const VariantReport& first, const VariantReport& other, const char* decisive) {
  Degradation result;
  for (const auto& [name, value] : other.metrics) result.differences.emplace_back(name, value - first.metric(name));
  result.warning = first.metric(decisive) - other.metric(decisive) > Degradation::kMostDrop;
  const auto ratio = [](double a, double b) { return a / std::max(b, 1e-9); };
  result.compression_ratio = ratio(static_cast<double>(first.model_size), static_cast<double>(other.model_size));
  result.speed_up = ratio(first.seconds, other.seconds);
  return result;
}

using PairStatistic = double (*)(std::span<const double>, std::span<const double>);

// Gold and predicted values, or ranks, of the two variants.
struct Columns3 {
  std::span<const double> gold, first, other;
};

Interval difference_interval(const Columns3& columns, PairStatistic statistic) {
  const size_t rows = columns.gold.size();
  std::vector<double> gold(rows);
  std::vector<double> first(rows);
  std::vector<double> other(rows);
  const auto difference = [&](std::span<const size_t> sample) {
    for (size_t i = 0; i < rows; ++i) {
      gold[i] = columns.gold[sample[i]];
      first[i] = columns.first[sample[i]];
      other[i] = columns.other[sample[i]];
    }
    return statistic(gold, other) - statistic(gold, first);
  };
  const double affordable = kMostDraws / static_cast<double>(rows);
  return bootstrap_rows(rows, difference, {.resamples = static_cast<int>(std::clamp(affordable, 200.0, 2000.0))});
}

}  // namespace

Degradation classifier_degradation(const VariantReport& first, const VariantReport& other, const Flips& flips) {
  Degradation result = differences(first, other, Degradation::kDecisive);
  result.changed = flips.changed;
  result.broken = flips.broken;
  result.fixed = flips.fixed;
  result.mcnemar = mcnemar(flips.broken, flips.fixed);
  return result;
}

Degradation regression_degradation(const VariantReport& first, const VariantReport& other, std::span<const double> gold,
                                   std::span<const double> first_predicted, std::span<const double> other_predicted) {
  Degradation result = differences(first, other, Degradation::kRegressionDecisive);
  const Columns3 values{gold, first_predicted, other_predicted};
  const std::vector<double> gold_ranks = ranks(gold);
  const std::vector<double> first_ranks = ranks(first_predicted);
  const std::vector<double> other_ranks = ranks(other_predicted);
  const Interval mse = difference_interval(values, mean_squared_error);
  result.intervals = {difference_interval(values, pearson),
                      difference_interval({gold_ranks, first_ranks, other_ranks}, pearson), mse, mse};
  return result;
}

}  // namespace fbert
