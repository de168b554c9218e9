#include "metrics/special_functions.h"

#include <cmath>
#include <numbers>

namespace fbert {
namespace {

// The continued fraction of I_x(a, b); converges fast for x < (a + 1) / (a + b + 2).
double beta_fraction(double a, double b, double x) {
  constexpr double kTiny = 1e-300;  // stands for a zero that would be divided by
  constexpr double kEpsilon = 1e-16;
  constexpr int kMostTerms = 100'000;  // reached by no argument: about sqrt(max(a, b)) terms are needed
  const auto not_zero = [](double value) { return std::fabs(value) < kTiny ? kTiny : value; };
  double c = 1;
  double d = 1 / not_zero(1 - (a + b) * x / (a + 1));
  double fraction = d;
  const auto step = [&](double coefficient) {
    d = 1 / not_zero(1 + coefficient * d);
    c = not_zero(1 + coefficient / c);
    fraction *= c * d;
    return c * d;
  };
  for (int term = 1; term < kMostTerms; ++term) {
    const double m = term;
    step(m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)));
    const double factor = step(-(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)));
    if (std::fabs(factor - 1) < kEpsilon) break;
  }
  return fraction;
}

// The t >= 0 with tail(t) = p, for a tail that falls from 1/2 at 0 towards 0.
template <typename Tail>
double tail_quantile(double p, Tail tail) {
  double low = 0;
  double high = 1;
  while (tail(high) > p && std::isfinite(high)) {
    low = high;
    high *= 2;
  }
  for (double middle = (low + high) / 2; low < middle && middle < high; middle = (low + high) / 2) {
    (tail(middle) > p ? low : high) = middle;
  }
  return high;
}

// A quantile of a distribution that is symmetric about 0.
template <typename Tail>
double symmetric_quantile(double p, Tail tail) {
  if (p == 0.5) return 0;
  return p < 0.5 ? -tail_quantile(p, tail) : tail_quantile(1 - p, tail);
}

// P(T > t) for t >= 0.
double student_t_tail(double t, double degrees) {
  return incomplete_beta(degrees / 2, 0.5, degrees / (degrees + t * t)) / 2;
}

}  // namespace

double normal_cdf(double z) { return std::erfc(-z / std::numbers::sqrt2) / 2; }

double normal_quantile(double p) {
  return symmetric_quantile(p, [](double z) { return normal_cdf(-z); });
}

double incomplete_beta(double a, double b, double x) {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const double log_front = std::lgamma(a + b) - std::lgamma(a) - std::lgamma(b) + a * std::log(x) + b * std::log1p(-x);
  const double front = std::exp(log_front);
  if (x < (a + 1) / (a + b + 2)) return front * beta_fraction(a, b, x) / a;
  return 1 - front * beta_fraction(b, a, 1 - x) / b;
}

double student_t_cdf(double t, double degrees) {
  return t > 0 ? 1 - student_t_tail(t, degrees) : student_t_tail(-t, degrees);
}

double student_t_quantile(double p, double degrees) {
  return symmetric_quantile(p, [degrees](double t) { return student_t_tail(t, degrees); });
}

double chi_square_tail(double x) { return std::erfc(std::sqrt(x / 2)); }

double fair_binomial_cdf(double k, double n) { return k >= n ? 1 : incomplete_beta(n - k, k + 1, 0.5); }

}  // namespace fbert
