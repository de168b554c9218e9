#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <vector>

// Statistics of measurements and of predictions, for bench, eval and compare. Pure functions without state. Where a
// figure is not defined (too few values, constant data, a value that is NaN) it is NaN. "Equal to" names the function
// of SciPy 1.10 or scikit-learn 1.2 that the tests hold the result to, to 1e-9.
namespace fbert {

inline constexpr double kNan = std::numeric_limits<double>::quiet_NaN();  // not defined

// --- one sample (statistics.cc) ---

double mean(std::span<const double> values);

// With n - 1 in the denominator. NaN for fewer than two values. Equal to numpy.std(ddof=1).
double sample_std(std::span<const double> values);

// p in [0, 100]. Linear interpolation between the two order statistics around (n - 1) p / 100: type 7 of Hyndman & Fan,
// "Sample Quantiles in Statistical Packages" (1996), which is also numpy.percentile's default. Throws nothing; NaN
// without values.
double percentile(std::span<const double> values, double p);
double median(std::span<const double> values);

// Whether n values can tell a percentile p < 100: ten of them are expected above it, n >= 10 / (1 - p / 100).
bool supports_percentile(size_t n, double p);

// A figure of some values: mean, median, ...
using Statistic = std::function<double(std::span<const double>)>;

// The statistic of `batches` runs of consecutive values, as equal in length as they can be. Values in a row that depend
// on each other, as latencies do, leave the batches' figures nearly independent ("batch means": Law, "Simulation
// Modeling and Analysis", section 9.5.3). Where there are fewer values than batches each value is a batch.
std::vector<double> of_batches(std::span<const double> values, size_t batches, const Statistic& statistic);

struct Interval {
  double low = 0;
  double high = 0;
};

// The mean -+ t s / sqrt(n), t the quantile of Student's distribution with n - 1 degrees of freedom. For independent
// values: see of_batches(). Equal to scipy.stats.t.interval(confidence, n - 1, mean, sem), but for SciPy's own error
// of 1e-9 in the quantile.
Interval mean_interval(std::span<const double> values, double confidence = 0.95);

// --- bootstrap (statistics.cc) ---

// Percentile bootstrap (Efron & Tibshirani, "An Introduction to the Bootstrap", 1993, section 13.3): the middle
// `confidence` of the statistic over resamples drawn with replacement. Random numbers are those of std::mt19937_64,
// mapped to rows by the high word of a product, so that a seed gives the same interval on every platform.
struct Bootstrap {
  int resamples = 2000;
  double confidence = 0.95;
  uint64_t seed = 20;
};

// The usual one, with fewer resamples where rows are many: about 2 * 10^8 rows are drawn, and 200 times at least.
Bootstrap affordable_bootstrap(size_t rows);

// Of a statistic of rows: `statistic` gets the indices in [0, n) of a resample, n of them. A resample whose statistic
// is NaN (a constant sample has no correlation) is left out.
Interval bootstrap_rows(size_t n, const std::function<double(std::span<const size_t>)>& statistic,
                        const Bootstrap& options = {});

Interval bootstrap_interval(std::span<const double> values, const Statistic& statistic, const Bootstrap& options = {});

// Of statistic(a) - statistic(b), where a[i] and b[i] belong to the same row and are drawn together. The spans are of
// the same length.
Interval paired_difference_interval(std::span<const double> a, std::span<const double> b, const Statistic& statistic,
                                    const Bootstrap& options = {});

// --- ratios of two paired samples of positive values (statistics.cc) ---

struct Estimate {
  double value = 0;
  Interval interval{};
};

// statistic(a) / statistic(b) for `statistic` mean or median, with its paired bootstrap interval. The choice for times
// that are skewed or have outliers.
Estimate paired_ratio(std::span<const double> a, std::span<const double> b, const Statistic& statistic,
                      const Bootstrap& options = {});

// The geometric mean of a[i] / b[i], with the t interval of the mean of the log ratios carried back by exp. Exact where
// log ratios are normal; takes few pairs.
Estimate paired_log_ratio(std::span<const double> a, std::span<const double> b, double confidence = 0.95);

// --- tests of a difference (statistics_of_pairs.cc) ---

// McNemar's test of paired right/wrong outcomes: `only_first` rows that only the first got right, `only_second` rows
// that only the second did. With fewer than kMcNemarExact such rows exact: twice the binomial tail with p = 1/2, at
// most 1 (equal to scipy.stats.binomtest). With more: chi-square with one degree of freedom and the continuity
// correction of Edwards (1948), max(|b - c| - 1, 0)^2 / (b + c). 1 when there are none.
inline constexpr int64_t kMcNemarExact = 25;
struct McNemar {
  double p_value = 1;
  double statistic = 0;  // chi-square; 0 where the test is exact
  bool exact = true;
};
McNemar mcnemar(int64_t only_first, int64_t only_second);

// z > 0: the first sample is the greater one. p_value is two-sided, by the normal approximation with correction for
// ties: for samples of at least about ten.
struct RankTest {
  double statistic = 0;
  double z = 0;
  double p_value = 1;
};

// Wilcoxon's signed-rank test of paired samples of the same length; `statistic` is the sum of the ranks of positive
// differences a[i] - b[i]. Pairs without a difference are left out; p is 1 when none is left. Equal to
// scipy.stats.wilcoxon(method="approx", zero_method="wilcox", correction=False).
RankTest wilcoxon_signed_rank(std::span<const double> a, std::span<const double> b);

// The Mann-Whitney test of two independent samples; `statistic` is U of the first. With continuity correction. Equal to
// scipy.stats.mannwhitneyu(method="asymptotic").
RankTest mann_whitney(std::span<const double> a, std::span<const double> b);

// --- correlation (statistics_of_pairs.cc) ---

// Ranks from 1; equal values share the mean of their ranks. Equal to scipy.stats.rankdata.
std::vector<double> ranks(std::span<const double> values);

// NaN for fewer than two rows, a constant side or a value that is not finite. Equal to scipy.stats.pearsonr, spearmanr.
double pearson(std::span<const double> x, std::span<const double> y);
double spearman(std::span<const double> x, std::span<const double> y);

// Matthews correlation of any number of labels (Gorodkin 2004): `gold` and `predicted` count the rows of each label,
// `hits` those where both agree. 0 where one side has a single label. Equal to sklearn.metrics.matthews_corrcoef.
double matthews_correlation(std::span<const int64_t> gold, std::span<const int64_t> predicted, int64_t hits);

// --- probabilities (statistics_of_pairs.cc) ---

// -mean(log p) of the probabilities given to the right labels, each at least 2^-52. Equal to sklearn.metrics.log_loss.
double log_loss(std::span<const double> probability_of_gold);

// -log p of label `gold` under softmax(logits), from the logits, so that no small p is lost.
double cross_entropy(std::span<const float> logits, size_t gold);

// The Kullback-Leibler divergence of softmax(other) from softmax(logits), in nats, where `scores` is softmax(logits).
double divergence(std::span<const float> scores, std::span<const float> logits, std::span<const float> other);

// Guo et al., "On Calibration of Modern Neural Networks" (2017): rows fall into `bins` intervals (i / bins, (i + 1) /
// bins] of the confidence in the predicted label (0 into the first); the sum of |accuracy - mean confidence|, weighted
// by rows. `correct` is 0 or 1 and as long as `confidence`.
double expected_calibration_error(std::span<const double> confidence, std::span<const uint8_t> correct, int bins = 15);

// Brier's score (1950) of one row: the sum over labels of (p - [label == gold])^2, in [0, 2]; the score of a data set
// is the mean. For two labels twice sklearn.metrics.brier_score_loss.
double brier_score(std::span<const float> probabilities, size_t gold);

}  // namespace fbert
