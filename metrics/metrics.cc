#include "metrics/metrics.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "metrics/statistics.h"

namespace fbert {
namespace {

double quotient(double numerator, double denominator) { return denominator > 0 ? numerator / denominator : 0; }

PrecisionRecallF1 figures(int64_t hits, int64_t predicted, int64_t gold) {
  const auto right = static_cast<double>(hits);
  return {.precision = quotient(right, static_cast<double>(predicted)),
          .recall = quotient(right, static_cast<double>(gold)),
          .f1 = quotient(2 * right, static_cast<double>(predicted + gold))};
}

}  // namespace

LabelCounts::LabelCounts(int32_t num_labels) {
  const auto n = static_cast<size_t>(num_labels);
  gold_.resize(n);
  predicted_.resize(n);
  hits_.resize(n);
  if (num_labels <= kMostConfusionLabels) confusion_.resize(n * n);
}

void LabelCounts::add(int32_t gold, int32_t predicted) {
  const auto g = static_cast<size_t>(gold);
  const auto p = static_cast<size_t>(predicted);
  ++gold_.at(g);
  ++predicted_.at(p);
  ++rows_;
  if (!confusion_.empty()) ++confusion_[g * gold_.size() + p];
  if (g != p) return;
  ++hits_[g];
  ++all_hits_;
}

double LabelCounts::accuracy() const { return quotient(static_cast<double>(all_hits_), static_cast<double>(rows_)); }

LabelMetrics LabelCounts::label(int32_t id) const {
  const auto i = static_cast<size_t>(id);
  return {figures(hits_.at(i), predicted_[i], gold_[i]), gold_[i]};
}

PrecisionRecallF1 LabelCounts::average(Average average) const {
  if (average == Average::kBinary) return label(1);
  if (average == Average::kMicro) return figures(all_hits_, rows_, rows_);
  PrecisionRecallF1 sum;
  double weights = 0;
  for (size_t id = 0; id < gold_.size(); ++id) {
    const bool occurs = gold_[id] + predicted_[id] > 0;
    const double weight = average == Average::kMacro ? (occurs ? 1 : 0) : static_cast<double>(gold_[id]);
    const PrecisionRecallF1 one = figures(hits_[id], predicted_[id], gold_[id]);
    sum.precision += weight * one.precision;
    sum.recall += weight * one.recall;
    sum.f1 += weight * one.f1;
    weights += weight;
  }
  return {quotient(sum.precision, weights), quotient(sum.recall, weights), quotient(sum.f1, weights)};
}

double LabelCounts::mcc() const { return matthews_correlation(gold_, predicted_, all_hits_); }

void RegressionScores::add(double gold, double predicted) {
  gold_.push_back(gold);
  predicted_.push_back(predicted);
}

double RegressionScores::pearson() const { return fbert::pearson(gold_, predicted_); }
double RegressionScores::spearman() const { return fbert::spearman(gold_, predicted_); }
double RegressionScores::mse() const { return mean_squared_error(gold_, predicted_); }

double mean_squared_error(std::span<const double> gold, std::span<const double> predicted) {
  if (gold.empty()) return std::numeric_limits<double>::quiet_NaN();
  double squares = 0;
  for (size_t i = 0; i < gold.size(); ++i) squares += (gold[i] - predicted[i]) * (gold[i] - predicted[i]);
  return squares / static_cast<double>(gold.size());
}

std::vector<Metric> all_metrics(const LabelCounts& counts, double eval_loss) {
  std::vector<Metric> metrics = {{"accuracy", counts.accuracy()}};
  const auto add = [&](Average average, const std::string& suffix) {
    const PrecisionRecallF1 figures_of_all = counts.average(average);
    metrics.emplace_back("precision" + suffix, figures_of_all.precision);
    metrics.emplace_back("recall" + suffix, figures_of_all.recall);
    metrics.emplace_back("f1" + suffix, figures_of_all.f1);
  };
  add(Average::kWeighted, "");
  add(Average::kMacro, "_macro");
  add(Average::kMicro, "_micro");
  if (counts.num_labels() == 2) add(Average::kBinary, "_binary");
  metrics.emplace_back("mcc", counts.mcc());
  metrics.emplace_back("eval_loss", eval_loss);
  return metrics;
}

std::vector<Metric> all_metrics(const RegressionScores& scores) {
  return {{"pearson", scores.pearson()},
          {"spearman", scores.spearman()},
          {"mse", scores.mse()},
          {"eval_loss", scores.mse()}};
}

double find_metric(const std::vector<Metric>& metrics, std::string_view name) {
  const auto found = std::find_if(metrics.begin(), metrics.end(), [&](const Metric& one) { return one.first == name; });
  return found == metrics.end() ? std::numeric_limits<double>::quiet_NaN() : found->second;
}

bool higher_is_better(std::string_view metric) { return metric != "mse" && metric != "eval_loss"; }

}  // namespace fbert
