#pragma once

// Distribution functions of the tests and intervals in cli/statistics.h. Pure, for finite arguments; they agree with
// SciPy's to a relative error of 1e-10. Quantiles are found by bisection: they are rare, and this cannot diverge.
namespace fbert {

// P(Z <= z) of the standard normal distribution.
double normal_cdf(double z);

// The z with normal_cdf(z) = p, for 0 < p < 1.
double normal_quantile(double p);

// The regularised incomplete beta function I_x(a, b), for a, b > 0 and x in [0, 1]: the continued fraction 8.17.22 of
// the NIST Digital Library of Mathematical Functions, evaluated by Lentz's method.
double incomplete_beta(double a, double b, double x);

// P(T <= t) of Student's t distribution with `degrees` > 0 degrees of freedom (Abramowitz & Stegun 26.7.1).
double student_t_cdf(double t, double degrees);

// The t with student_t_cdf(t, degrees) = p, for 0 < p < 1.
double student_t_quantile(double p, double degrees);

// P(X > x) of the chi-square distribution with one degree of freedom, for x >= 0.
double chi_square_tail(double x);

// P(X <= k) of the binomial distribution with n trials and probability 1/2, for 0 <= k <= n.
double fair_binomial_cdf(double k, double n);

}  // namespace fbert
