#include "metrics/statistics.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "metrics/special_functions.h"

namespace fbert {
namespace {

bool has_nan(std::span<const double> values) {
  return std::any_of(values.begin(), values.end(), [](double value) { return std::isnan(value); });
}

// A row in [0, n), from 64 random bits: the high word of bits * n, in halves because standard C++ has no 128-bit
// product. Off uniform by less than n / 2^64.
size_t row_of(uint64_t bits, size_t n) {
  const uint64_t high = (bits >> 32) * n;
  const uint64_t low = (bits & 0xFFFF'FFFF) * n;
  return static_cast<size_t>((high + (low >> 32)) >> 32);  // n < 2^32
}

std::vector<double> gathered(std::span<const double> values, std::span<const size_t> rows) {
  std::vector<double> out(rows.size());
  std::transform(rows.begin(), rows.end(), out.begin(), [&](size_t row) { return values[row]; });
  return out;
}

// Of values in ascending order.
double sorted_percentile(std::span<const double> values, double p) {
  const double position = static_cast<double>(values.size() - 1) * p / 100;
  const auto below = static_cast<size_t>(position);
  const size_t above = std::min(below + 1, values.size() - 1);
  const double part = position - static_cast<double>(below);
  return values[below] + part * (values[above] - values[below]);
}

}  // namespace

double mean(std::span<const double> values) {
  if (values.empty()) return kNan;
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

double sample_std(std::span<const double> values) {
  if (values.size() < 2) return kNan;
  const double center = mean(values);
  double squares = 0;
  for (const double value : values) squares += (value - center) * (value - center);
  return std::sqrt(squares / static_cast<double>(values.size() - 1));
}

double percentile(std::span<const double> values, double p) {
  if (values.empty() || has_nan(values)) return kNan;
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  return sorted_percentile(sorted, p);
}

double median(std::span<const double> values) { return percentile(values, 50); }

bool supports_percentile(size_t n, double p) { return static_cast<double>(n) * (100 - p) >= 1000; }

std::vector<double> of_batches(std::span<const double> values, size_t batches, const Statistic& statistic) {
  batches = std::min(batches, values.size());
  std::vector<double> figures(batches);
  for (size_t i = 0; i < batches; ++i) {
    const size_t begin = values.size() * i / batches;
    figures[i] = statistic(values.subspan(begin, values.size() * (i + 1) / batches - begin));
  }
  return figures;
}

Interval mean_interval(std::span<const double> values, double confidence) {
  if (values.size() < 2) return {kNan, kNan};
  const auto n = static_cast<double>(values.size());
  const double half = student_t_quantile((1 + confidence) / 2, n - 1) * sample_std(values) / std::sqrt(n);
  return {mean(values) - half, mean(values) + half};
}

Bootstrap affordable_bootstrap(size_t rows) {
  constexpr double kMostDraws = 2e8;
  return {.resamples = static_cast<int>(std::clamp(kMostDraws / static_cast<double>(rows), 200.0, 2000.0))};
}

Interval bootstrap_rows(size_t n, const std::function<double(std::span<const size_t>)>& statistic,
                        const Bootstrap& options) {
  if (n == 0) return {kNan, kNan};
  std::mt19937_64 random(options.seed);
  std::vector<size_t> rows(n);
  std::vector<double> found;
  for (int i = 0; i < options.resamples; ++i) {
    for (size_t& row : rows) row = row_of(random(), n);
    const double value = statistic(rows);
    if (!std::isnan(value)) found.push_back(value);
  }
  if (found.empty()) return {kNan, kNan};
  std::sort(found.begin(), found.end());
  const double tail = 50 * (1 - options.confidence);
  return {sorted_percentile(found, tail), sorted_percentile(found, 100 - tail)};
}

Interval bootstrap_interval(std::span<const double> values, const Statistic& statistic, const Bootstrap& options) {
  return bootstrap_rows(
      values.size(), [&](std::span<const size_t> rows) { return statistic(gathered(values, rows)); }, options);
}

Interval paired_difference_interval(std::span<const double> a, std::span<const double> b, const Statistic& statistic,
                                    const Bootstrap& options) {
  return bootstrap_rows(
      a.size(),
      [&](std::span<const size_t> rows) { return statistic(gathered(a, rows)) - statistic(gathered(b, rows)); },
      options);
}

Estimate paired_ratio(std::span<const double> a, std::span<const double> b, const Statistic& statistic,
                      const Bootstrap& options) {
  const Interval interval = bootstrap_rows(
      a.size(),
      [&](std::span<const size_t> rows) { return statistic(gathered(a, rows)) / statistic(gathered(b, rows)); },
      options);
  return {statistic(a) / statistic(b), interval};
}

Estimate paired_log_ratio(std::span<const double> a, std::span<const double> b, double confidence) {
  std::vector<double> logs(a.size());
  std::transform(a.begin(), a.end(), b.begin(), logs.begin(), [](double x, double y) { return std::log(x / y); });
  const Interval interval = mean_interval(logs, confidence);
  return {std::exp(mean(logs)), {std::exp(interval.low), std::exp(interval.high)}};
}

}  // namespace fbert
