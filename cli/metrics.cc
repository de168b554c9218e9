#include "cli/metrics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <span>

namespace fbert {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

double quotient(double numerator, double denominator) { return denominator > 0 ? numerator / denominator : 0; }

double mean(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

bool is_constant(std::span<const double> values) {
  return std::all_of(values.begin(), values.end(), [&](double value) { return value == values.front(); });
}

double correlation(std::span<const double> x, std::span<const double> y) {
  if (x.size() < 2 || is_constant(x) || is_constant(y)) return kNan;
  const double mean_x = mean(x);
  const double mean_y = mean(y);
  double xy = 0;
  double xx = 0;
  double yy = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    const double dx = x[i] - mean_x;
    const double dy = y[i] - mean_y;
    xy += dx * dy;
    xx += dx * dx;
    yy += dy * dy;
  }
  return std::clamp(xy / (std::sqrt(xx) * std::sqrt(yy)), -1.0, 1.0);
}

// Ranks from 1; equal values share the mean of their ranks.
std::vector<double> ranks(std::span<const double> values) {
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return values[a] < values[b]; });
  std::vector<double> result(values.size());
  for (size_t begin = 0; begin < order.size();) {
    size_t end = begin + 1;
    while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
    const double rank = static_cast<double>(begin + end + 1) / 2;
    for (; begin < end; ++begin) result[order[begin]] = rank;
  }
  return result;
}

}  // namespace

void LabelCounts::add(int32_t gold, int32_t predicted) {
  ++counts_.at(static_cast<size_t>(gold)).gold;
  ++counts_.at(static_cast<size_t>(predicted)).predicted;
  if (gold == predicted) ++counts_[static_cast<size_t>(gold)].hits;
}

LabelMetrics LabelCounts::label(int32_t id) const {
  const Counts& counts = counts_.at(static_cast<size_t>(id));
  const auto hits = static_cast<double>(counts.hits);
  return {.support = counts.gold,
          .precision = quotient(hits, static_cast<double>(counts.predicted)),
          .recall = quotient(hits, static_cast<double>(counts.gold)),
          .f1 = quotient(2 * hits, static_cast<double>(counts.predicted + counts.gold))};
}

ClassificationMetrics LabelCounts::metrics() const {
  ClassificationMetrics sums;
  int64_t hits = 0;
  for (size_t id = 0; id < counts_.size(); ++id) {
    const LabelMetrics one = label(static_cast<int32_t>(id));
    const auto weight = static_cast<double>(one.support);
    hits += counts_[id].hits;
    sums.rows += one.support;
    sums.precision += weight * one.precision;
    sums.recall += weight * one.recall;
    sums.f1 += weight * one.f1;
  }
  const auto rows = static_cast<double>(sums.rows);
  return {.rows = sums.rows,
          .accuracy = quotient(static_cast<double>(hits), rows),
          .precision = quotient(sums.precision, rows),
          .recall = quotient(sums.recall, rows),
          .f1 = quotient(sums.f1, rows)};
}

void RegressionScores::add(double gold, double predicted) {
  gold_.push_back(gold);
  predicted_.push_back(predicted);
}

RegressionMetrics RegressionScores::metrics() const {
  RegressionMetrics result;
  result.rows = static_cast<int64_t>(gold_.size());
  double squares = 0;
  for (size_t i = 0; i < gold_.size(); ++i) squares += (gold_[i] - predicted_[i]) * (gold_[i] - predicted_[i]);
  result.mse = result.rows > 0 ? squares / static_cast<double>(result.rows) : kNan;
  const bool finite = std::isfinite(squares);  // values that are not have no order, and so no rank
  result.pearson = finite ? correlation(gold_, predicted_) : kNan;
  result.spearman = finite ? correlation(ranks(gold_), ranks(predicted_)) : kNan;
  return result;
}

}  // namespace fbert
