// Statistics of two columns: tests of differences, correlations, predictions against gold labels.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "metrics/special_functions.h"
#include "metrics/statistics.h"

namespace fbert {
namespace {

struct Ranked {
  std::vector<double> ranks;
  double ties = 0;  // the sum of t^3 - t over the groups of t equal values
};

Ranked ranked(std::span<const double> values) {
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return values[a] < values[b]; });
  Ranked result{std::vector<double>(values.size())};
  for (size_t begin = 0; begin < order.size();) {
    size_t end = begin + 1;
    while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
    const auto group = static_cast<double>(end - begin);
    const double rank = static_cast<double>(begin + end + 1) / 2;
    result.ties += group * (group * group - 1);
    for (; begin < end; ++begin) result.ranks[order[begin]] = rank;
  }
  return result;
}

bool all_finite(std::span<const double> values) {
  return std::all_of(values.begin(), values.end(), [](double value) { return std::isfinite(value); });
}

bool is_constant(std::span<const double> values) {
  return std::all_of(values.begin(), values.end(), [&](double value) { return value == values.front(); });
}

double two_sided(double z) { return std::min(1.0, 2 * normal_cdf(-z)); }

}  // namespace

McNemar mcnemar(int64_t only_first, int64_t only_second) {
  const int64_t flips = only_first + only_second;
  if (flips == 0) return {};
  const auto n = static_cast<double>(flips);
  if (flips < kMcNemarExact) {
    const auto fewer = static_cast<double>(std::min(only_first, only_second));
    return {.p_value = std::min(1.0, 2 * fair_binomial_cdf(fewer, n)), .statistic = 0, .exact = true};
  }
  const double surplus = std::max(std::fabs(static_cast<double>(only_first - only_second)) - 1, 0.0);
  const double statistic = surplus * surplus / n;
  return {.p_value = chi_square_tail(statistic), .statistic = statistic, .exact = false};
}

RankTest wilcoxon_signed_rank(std::span<const double> a, std::span<const double> b) {
  std::vector<double> sizes;
  std::vector<bool> positive;
  for (size_t i = 0; i < a.size(); ++i) {
    const double difference = a[i] - b[i];
    if (std::isnan(difference)) return {kNan, kNan, kNan};
    if (difference == 0) continue;
    sizes.push_back(std::fabs(difference));
    positive.push_back(difference > 0);
  }
  if (sizes.empty()) return {};
  const Ranked ranked_sizes = ranked(sizes);
  double sum = 0;
  for (size_t i = 0; i < sizes.size(); ++i) sum += positive[i] ? ranked_sizes.ranks[i] : 0;
  const auto n = static_cast<double>(sizes.size());
  const double variance = (n * (n + 1) * (2 * n + 1) - ranked_sizes.ties / 2) / 24;
  const double z = (sum - n * (n + 1) / 4) / std::sqrt(variance);
  return {sum, z, two_sided(std::fabs(z))};
}

RankTest mann_whitney(std::span<const double> a, std::span<const double> b) {
  std::vector<double> both(a.begin(), a.end());
  both.insert(both.end(), b.begin(), b.end());
  if (a.empty() || b.empty() || !all_finite(both)) return {kNan, kNan, kNan};
  const Ranked all = ranked(both);
  const auto n = static_cast<double>(both.size());
  const auto na = static_cast<double>(a.size());
  const auto nb = static_cast<double>(b.size());
  const double u = std::accumulate(all.ranks.begin(), all.ranks.begin() + std::ssize(a), 0.0) - na * (na + 1) / 2;
  const double deviation = std::sqrt(na * nb / 12 * (n + 1 - all.ties / (n * (n - 1))));
  if (!(deviation > 0)) return {u, 0, 1};
  const double excess = u - na * nb / 2;
  const double z = (std::fabs(excess) - 0.5) / deviation;
  return {u, std::copysign(std::max(z, 0.0), excess), two_sided(z)};
}

std::vector<double> ranks(std::span<const double> values) { return ranked(values).ranks; }

double pearson(std::span<const double> x, std::span<const double> y) {
  if (x.size() < 2 || !all_finite(x) || !all_finite(y) || is_constant(x) || is_constant(y)) return kNan;
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

double spearman(std::span<const double> x, std::span<const double> y) {
  if (!all_finite(x) || !all_finite(y)) return kNan;
  return pearson(ranks(x), ranks(y));
}

double matthews_correlation(std::span<const int64_t> gold, std::span<const int64_t> predicted, int64_t hits) {
  // Products of counts pass 2^53 from 10^8 rows on.
  using Real = long double;
  Real rows = 0;
  Real gold_squares = 0;
  Real predicted_squares = 0;
  Real products = 0;
  for (size_t label = 0; label < gold.size(); ++label) {
    const auto g = static_cast<Real>(gold[label]);
    const auto p = static_cast<Real>(predicted[label]);
    rows += g;
    gold_squares += g * g;
    predicted_squares += p * p;
    products += g * p;
  }
  const Real denominator = std::sqrt(rows * rows - predicted_squares) * std::sqrt(rows * rows - gold_squares);
  if (!(denominator > 0)) return 0;
  return static_cast<double>((static_cast<Real>(hits) * rows - products) / denominator);
}

double log_loss(std::span<const double> probability_of_gold) {
  constexpr double kLeast = std::numeric_limits<double>::epsilon();
  std::vector<double> losses(probability_of_gold.size());
  std::transform(probability_of_gold.begin(), probability_of_gold.end(), losses.begin(),
                 [kLeast](double p) { return -std::log(std::clamp(p, kLeast, 1 - kLeast)); });
  return mean(losses);
}

double cross_entropy(std::span<const float> logits, size_t gold) {
  const auto greatest = static_cast<double>(*std::max_element(logits.begin(), logits.end()));
  double sum = 0;
  for (const float logit : logits) sum += std::exp(static_cast<double>(logit) - greatest);
  return std::log(sum) + greatest - static_cast<double>(logits[gold]);
}

double divergence(std::span<const float> scores, std::span<const float> logits, std::span<const float> other) {
  double sum = 0;
  for (size_t id = 0; id < scores.size(); ++id) {
    const auto p = static_cast<double>(scores[id]);
    if (p > 0) sum += p * (cross_entropy(other, id) - cross_entropy(logits, id));
  }
  return std::max(sum, 0.0);
}

double expected_calibration_error(std::span<const double> confidence, std::span<const uint8_t> correct, int bins) {
  if (confidence.empty() || !all_finite(confidence)) return kNan;
  std::vector<double> surplus(static_cast<size_t>(bins));  // of confidence over hits
  for (size_t i = 0; i < confidence.size(); ++i) {
    const int bin = std::clamp(static_cast<int>(std::ceil(confidence[i] * bins)) - 1, 0, bins - 1);
    surplus[static_cast<size_t>(bin)] += confidence[i] - static_cast<double>(correct[i]);
  }
  double sum = 0;
  for (const double bin : surplus) sum += std::fabs(bin);
  return sum / static_cast<double>(confidence.size());
}

double brier_score(std::span<const float> probabilities, size_t gold) {
  double sum = 0;
  for (size_t label = 0; label < probabilities.size(); ++label) {
    const double difference = static_cast<double>(probabilities[label]) - (label == gold ? 1 : 0);
    sum += difference * difference;
  }
  return sum;
}

}  // namespace fbert
