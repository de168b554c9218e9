#include "cli/bench/statistics.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "metrics/special_functions.h"
#include "metrics/statistics.h"

namespace fbert {
namespace {

constexpr double kConfidence = 0.95;

// The figures of all whole blocks in turn.
std::vector<double> of_blocks(std::span<const double> samples, size_t block,
                              double (*figure)(std::span<const double>)) {
  std::vector<double> figures;
  for (size_t i = 0; i + block <= samples.size(); i += block) figures.push_back(figure(samples.subspan(i, block)));
  return figures;
}

double percentile_if_supported(std::span<const double> samples, double p) {
  return supports_percentile(samples.size(), p) ? percentile(samples, p) : kNan;
}

Verdict verdict_of(const Interval& interval) {
  if (interval.low > 1 + kLeastDifference) return Verdict::kSlower;
  if (interval.high < 1 - kLeastDifference) return Verdict::kFaster;
  return Verdict::kNotDistinguishable;
}

BenchRatio ratio_of_logs(double log_ratio, const Interval& interval, double p_value) {
  BenchRatio ratio;
  ratio.ratio = {std::exp(log_ratio), {std::exp(interval.low), std::exp(interval.high)}};
  ratio.p_value = p_value;
  ratio.verdict = verdict_of(ratio.ratio.interval);
  return ratio;
}

std::vector<double> logs_of(std::vector<double> values) {
  std::transform(values.begin(), values.end(), values.begin(), [](double value) { return std::log(value); });
  return values;
}

}  // namespace

const char* to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::kFaster:
      return "faster";
    case Verdict::kSlower:
      return "slower";
    case Verdict::kNotDistinguishable:
      break;
  }
  return "not distinguishable";
}

BenchSummary summarize(std::span<const double> samples, size_t block) {
  BenchSummary summary;
  summary.n = samples.size();
  summary.mean = mean(samples);
  summary.mean_interval = mean_interval(of_batches(of_blocks(samples, block, mean), kLongStretches, mean), kConfidence);
  summary.mean_interval.low = std::max(summary.mean_interval.low, 0.0);  // no call takes less; few samples know little
  summary.std = sample_std(samples);
  summary.min = samples.empty() ? kNan : *std::min_element(samples.begin(), samples.end());
  summary.p50 = median(samples);
  summary.p90 = percentile_if_supported(samples, 90);
  summary.p95 = percentile_if_supported(samples, 95);
  summary.p99 = percentile_if_supported(samples, 99);
  summary.p999 = percentile_if_supported(samples, 99.9);
  summary.max = samples.empty() ? kNan : *std::max_element(samples.begin(), samples.end());
  return summary;
}

size_t count_outliers(std::span<const double> samples) {
  const double upper = percentile(samples, 75);
  const double limit = upper + 3 * (upper - percentile(samples, 25));
  return static_cast<size_t>(std::count_if(samples.begin(), samples.end(), [&](double x) { return x > limit; }));
}

BenchRatio compare_rounds(std::span<const double> samples, std::span<const double> first, size_t block) {
  const std::vector<double> a = logs_of(of_blocks(samples, block, median));
  const std::vector<double> b = logs_of(of_blocks(first, block, median));
  std::vector<double> differences(std::min(a.size(), b.size()));
  for (size_t i = 0; i < differences.size(); ++i) differences[i] = a[i] - b[i];
  const std::vector<double> batches = of_batches(differences, kShortStretches, median);
  const double p_value = wilcoxon_signed_rank(batches, std::vector<double>(batches.size(), 0.0)).p_value;
  return ratio_of_logs(mean(batches), mean_interval(batches, kConfidence), p_value);
}

BenchRatio compare_runs(std::span<const double> samples, size_t block, std::span<const double> old_samples,
                        size_t old_block) {
  const std::vector<double> a = of_batches(logs_of(of_blocks(samples, block, median)), kLongStretches, median);
  const std::vector<double> b = of_batches(logs_of(of_blocks(old_samples, old_block, median)), kLongStretches, median);
  const auto error = [](std::span<const double> values) {
    const double std = sample_std(values);
    return std * std / static_cast<double>(values.size());
  };
  const double error_a = error(a);
  const double error_b = error(b);
  // The degrees of freedom of Welch and Satterthwaite; equal values leave none to estimate.
  const auto share = [](double e, size_t n) { return e * e / static_cast<double>(n - 1); };
  const double freedom =
      (error_a + error_b) * (error_a + error_b) / (share(error_a, a.size()) + share(error_b, b.size()));
  const double difference = mean(a) - mean(b);
  const double half = error_a + error_b > 0
                          ? student_t_quantile((1 + kConfidence) / 2, freedom) * std::sqrt(error_a + error_b)
                          : error_a + error_b;
  return ratio_of_logs(difference, {difference - half, difference + half}, mann_whitney(a, b).p_value);
}

}  // namespace fbert
