#include "metrics/degradation.h"

#include <algorithm>

namespace fbert {
namespace {

Degradation differences(const std::vector<Metric>& first, const std::vector<Metric>& other, const char* decisive) {
  Degradation result;
  for (const auto& [name, value] : other) result.differences.emplace_back(name, value - find_metric(first, name));
  result.warning = find_metric(first, decisive) - find_metric(other, decisive) > Degradation::kMostDrop;
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
  return bootstrap_rows(rows, difference, affordable_bootstrap(rows));
}

}  // namespace

double Degradation::difference(const std::string& metric) const { return find_metric(differences, metric); }

Degradation classifier_degradation(const std::vector<Metric>& first, const std::vector<Metric>& other,
                                   const Flips& flips) {
  Degradation result = differences(first, other, Degradation::kDecisive);
  result.changed = flips.changed;
  result.broken = flips.broken;
  result.fixed = flips.fixed;
  result.mcnemar = mcnemar(flips.broken, flips.fixed);
  return result;
}

Degradation regression_degradation(const std::vector<Metric>& first, const std::vector<Metric>& other,
                                   std::span<const double> gold, std::span<const double> first_predicted,
                                   std::span<const double> other_predicted) {
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

Interval accuracy_interval(int64_t rows, int64_t broken, int64_t fixed) {
  std::vector<int8_t> gains(static_cast<size_t>(rows));
  std::fill_n(gains.begin(), broken, int8_t{-1});
  std::fill_n(gains.begin() + broken, fixed, int8_t{1});
  const auto mean_gain = [&](std::span<const size_t> sample) {
    int64_t sum = 0;
    for (const size_t row : sample) sum += gains[row];
    return static_cast<double>(sum) / static_cast<double>(rows);
  };
  return bootstrap_rows(gains.size(), mean_gain, affordable_bootstrap(gains.size()));
}

}  // namespace fbert
