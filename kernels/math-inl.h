#pragma once

// Elementary functions of Vec16, without branches. Needs a vec16_*-inl.h before it. The coefficients come from
// scripts/fit_polynomials.py; docs/numerics.md states the error bounds and the answers for infinities and NaN.
namespace fbert::kernels {
namespace {

// c0 + x * (c1 + x * (c2 + ...))
inline Vec16 polynomial(Vec16, float c0) { return broadcast(c0); }
template <typename... Floats>
inline Vec16 polynomial(Vec16 x, float c0, Floats... c) {
  return fma(polynomial(x, c...), x, broadcast(c0));
}

// e^x = 2^n * (1 + fraction) for |x| < 160; fraction in [-0.3, 0.42].
struct ReducedExp {
  Vec16 n;
  Vec16 fraction;
};

inline ReducedExp reduced_exp(Vec16 x) {
  constexpr float kLog2E = 1.44269502f;
  constexpr float kLn2High = 0x1.62e43p-1f;
  constexpr float kLn2Low = -0x1.05c61p-29f;
  constexpr float kRound = 0x1.8p23f;  // adding it rounds to a whole number
  const Vec16 n = fma(x, broadcast(kLog2E), broadcast(kRound)) - broadcast(kRound);
  const Vec16 r = fnma(n, broadcast(kLn2Low), fnma(n, broadcast(kLn2High), x));
  const Vec16 q = polynomial(r, 0.49999994f, 0.166665092f, 0.041668009f, 0.00836998876f, 0.00138469809f);
  return {n, fma(q, r * r, r)};  // q = (e^r - 1 - r) / r^2
}

// e^x for |x| < 160.
inline Vec16 exp_bounded(Vec16 x) {
  const ReducedExp e = reduced_exp(x);
  return scale_by_power_of_two(e.fraction + broadcast(1.0f), e.n);
}

inline Vec16 exp(Vec16 x) {
  // Beyond these the result is infinite or zero. x comes second so that NaN passes.
  return exp_bounded(max(broadcast(-104.0f), min(broadcast(89.0f), x)));
}

inline Vec16 sigmoid(Vec16 x) {
  const Vec16 one = broadcast(1.0f);
  const Vec16 e = exp(broadcast(0.0f) - abs(x));
  return select(less(x, broadcast(0.0f)), e, one) / (one + e);
}

inline Vec16 tanh(Vec16 x) {
  const Vec16 t = min(broadcast(10.0f), abs(x));  // tanh(10) rounds to 1
  const ReducedExp e = reduced_exp(t + t);
  const Vec16 one = broadcast(1.0f);
  const Vec16 power = scale_by_power_of_two(one, e.n);
  const Vec16 expm1 = fma(power, e.fraction, power - one);  // e^2t - 1
  return copy_sign(expm1 / (expm1 + broadcast(2.0f)), x);
}

// Phi(-t), the upper tail of the normal distribution, for t in [0, 14.5]; zero at the upper end.
inline Vec16 normal_tail(Vec16 t) {
  const Vec16 log_tail =
      polynomial(t, -0.693147182f, -0.797884881f, -0.31830585f, -0.0363520049f, 0.00481292699f, 8.07673132e-06f,
                 -0.000201502393f, 5.66801427e-05f, -8.63041532e-06f, 7.6841485e-07f, -3.6739852e-08f, 7.19123538e-10f);
  return exp_bounded(log_tail);
}

inline Vec16 erf(Vec16 x) {
  const Vec16 t = abs(x);
  const Vec16 p = polynomial(t * t, 0.128379166f, -0.37612626f, 0.112835787f, -0.0268533472f, 0.0051871622f,
                             -0.00079978531f, 7.80690316e-05f);
  const Vec16 small = fma(t, p, t);
  const Vec16 tail = normal_tail(min(broadcast(14.5f), t * broadcast(1.41421356f)));
  const Vec16 large = fnma(broadcast(2.0f), tail, broadcast(1.0f));
  return copy_sign(select(less(t, broadcast(1.0f)), small, large), x);
}

// x * Phi(x) = max(x, 0) - t * Phi(-t) with t = |x|: the difference cancels nowhere.
inline Vec16 gelu(Vec16 x) {
  const Vec16 t = min(broadcast(14.5f), abs(x));
  return fnma(t, normal_tail(t), max(broadcast(0.0f), x));
}

// x * sigmoid(v) = max(x, 0) - t * sigmoid(-|v|) with t = |x| and v = sqrt(8 / pi) * (x + 0.044715 x^3).
inline Vec16 gelu_tanh(Vec16 x) {
  const Vec16 t = min(broadcast(11.0f), abs(x));
  const Vec16 v = t * fma(t * t, broadcast(-0.0713548163f), broadcast(-1.59576912f));  // -|v|
  const Vec16 e = exp_bounded(v);
  return fnma(t, e / (broadcast(1.0f) + e), max(broadcast(0.0f), x));
}

// GELU for outputs that are quantised to 8 bits next: within 1.3e-4, at 40 % of the operations.
inline Vec16 gelu_short(Vec16 x) {
  const Vec16 t = min(broadcast(4.25f), abs(x));
  const Vec16 tail = polynomial(t, 0.498267859f, -0.383854002f, -0.0438680016f, 0.124871179f, -0.0374317132f,
                                -0.00174451002f, 0.00287313922f, -0.000539052009f, 3.32589661e-05f);  // Phi(-t)
  return fnma(t, tail, max(broadcast(0.0f), x));
}

// To nearest even, for |x| < 2^22.
inline Vec16 round_to_whole(Vec16 x) {
  const Vec16 shift = broadcast(0x1.8p23f);
  return (x + shift) - shift;
}

// 255 * 2^x for x <= 0, within 0.05; NaN counts as -30, which is as good as zero.
inline Vec16 exp2_255(Vec16 x) {
  const Vec16 bounded = max(x, broadcast(-30.0f));
  const Vec16 n = round_to_whole(bounded);
  const Vec16 p = polynomial(bounded - n, 254.981659f, 177.063782f, 61.8703003f, 12.5351696f);
  return scale_by_power_of_two(p, n);
}

inline Vec16 relu(Vec16 x) { return max(broadcast(0.0f), x); }

inline Vec16 identity(Vec16 x) { return x; }

}  // namespace
}  // namespace fbert::kernels
