#include "cli/compare/results.h"

#include <span>

#include "metrics/degradation.h"

namespace fbert {
namespace {

Fit fit_of(std::span<const double> gold, std::span<const double> scores) {
  return {
      .pearson = pearson(gold, scores), .spearman = spearman(gold, scores), .mse = mean_squared_error(gold, scores)};
}

std::vector<Metric> metrics_of(const Fit& fit) {
  return {{"pearson", fit.pearson}, {"spearman", fit.spearman}, {"mse", fit.mse}};
}

}  // namespace

const char* to_string(FlipKind kind) {
  switch (kind) {
    case FlipKind::kBroken:
      return "broken";
    case FlipKind::kFixed:
      return "fixed";
    default:
      return "other";
  }
}

double CompareReport::drop() const {
  return scores ? 0.0 - scores->difference.pearson : first.quality->accuracy - second.quality->accuracy;
}

void ScoreComparison::summarise() {
  mean_change = mean(second) - mean(first);
  pearson = fbert::pearson(first, second);
  spearman = fbert::spearman(first, second);
  if (gold.empty()) return;
  first_fit = fit_of(gold, first);
  second_fit = fit_of(gold, second);
  const Degradation loss = regression_degradation(metrics_of(first_fit), metrics_of(second_fit), gold, first, second);
  difference = {
      .pearson = loss.difference("pearson"), .spearman = loss.difference("spearman"), .mse = loss.difference("mse")};
  pearson_interval = loss.intervals[0];
  spearman_interval = loss.intervals[1];
  mse_interval = loss.intervals[2];
}

}  // namespace fbert
