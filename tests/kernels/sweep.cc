#include "tests/kernels/sweep.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <numbers>

namespace fbert::kernels {
namespace {

constexpr float kLowest = -std::numeric_limits<float>::infinity();
constexpr size_t kBlock = 4096;
constexpr std::array<float, kBlock> kZeros{};

double exact_sigmoid(double x) { return x < 0 ? std::exp(x) / (1 + std::exp(x)) : 1 / (1 + std::exp(-x)); }

double exact_gelu(double x) {
  if (std::isinf(x)) return x < 0 ? 0 : x;
  return x * 0.5 * std::erfc(-x / std::numbers::sqrt2);
}

double exact_gelu_tanh(double x) {
  if (std::isinf(x)) return x < 0 ? 0 : x;
  const double inner = std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x);
  return x * exact_sigmoid(2 * inner);
}

// The GELU of int8 products, of which the bias is all that counts here: weights and activations are zero.
void gelu_before_8_bits(const KernelTable& table, const float* x, float* y, size_t n) {
  constexpr std::array<uint8_t, kRowBlock * kDepthGroup> kActivations{};
  constexpr std::array<int8_t, (kBlock + kPanelMultiple) * kDepthGroup> kWeights{};
  constexpr std::array<int32_t, kBlock + kPanelMultiple> kStart{};
  const QuantizedRow row{0, 0};
  table.multiply_int8({.a = kActivations.data(),
                       .a_rows = &row,
                       .rows = 1,
                       .depth_groups = 1,
                       .b = kWeights.data(),
                       .b_scales = kZeros.data(),
                       .b_start = kStart.data(),
                       .bias = x,
                       .columns = n,
                       .activation = Activation::kGelu,
                       .c = y,
                       .c_stride = n});
}

constexpr Elementary kFunctions[] = {
    {"exp", [](const KernelTable& t, const float* x, float* y, size_t n) { t.exp(x, y, n); },
     [](double x) { return std::exp(x); }, 1.1, kLowest, 0},
    {"erf", [](const KernelTable& t, const float* x, float* y, size_t n) { t.erf(x, y, n); },
     [](double x) { return std::erf(x); }, 2, kLowest, 0},
    {"tanh", [](const KernelTable& t, const float* x, float* y, size_t n) { t.tanh(x, y, n); },
     [](double x) { return std::tanh(x); }, 3, kLowest, 0},
    {"sigmoid", [](const KernelTable& t, const float* x, float* y, size_t n) { t.sigmoid(x, y, n); }, exact_sigmoid, 3,
     kLowest, 0},
    {"gelu",
     [](const KernelTable& t, const float* x, float* y, size_t n) {
       std::copy_n(x, n, y);
       t.bias_gelu(y, n, kZeros.data(), 1, n);
     },
     exact_gelu, 3, -1, 5e-8},
    {"gelu_tanh",
     [](const KernelTable& t, const float* x, float* y, size_t n) {
       std::copy_n(x, n, y);
       t.bias_gelu_tanh(y, n, kZeros.data(), 1, n);
     },
     exact_gelu_tanh, 4, -1, 6e-8},
    {"gelu_short", gelu_before_8_bits, exact_gelu, 0, -kLowest, 1.3e-4},
};

void record(const Elementary& function, float x, float got, SweepResult& result) {
  const double exact = function.exact(static_cast<double>(x));
  if (std::isnan(exact) != std::isnan(got)) {
    ++result.wrong_nan;
    result.at_wrong_nan = x;
    return;
  }
  if (std::isnan(exact)) return;
  if (x >= function.relative_from) {
    const double error = ulp_error(got, exact);
    if (error > result.max_ulp) {
      result.max_ulp = error;
      result.at_max_ulp = x;
    }
  } else {
    const double error = std::abs(static_cast<double>(got) - exact);
    if (error > result.max_absolute) {
      result.max_absolute = error;
      result.at_max_absolute = x;
    }
  }
}

}  // namespace

std::span<const Elementary> elementary_functions() { return kFunctions; }

double ulp_error(float got, double exact) {
  const auto finite = [](double v) { return std::clamp(v, -0x1p128, 0x1p128); };
  int exponent = 0;
  std::frexp(finite(exact), &exponent);
  const double ulp = std::ldexp(1.0, std::clamp(exponent, -125, 128) - 24);
  return std::abs(finite(static_cast<double>(got)) - finite(exact)) / ulp;
}

SweepResult sweep(const Elementary& function, const KernelTable& table, uint32_t stride) {
  SweepResult result;
  std::array<float, kBlock> x, y;
  size_t filled = 0;
  const auto flush = [&] {
    function.compute(table, x.data(), y.data(), filled);
    for (size_t i = 0; i < filled; ++i) record(function, x[i], y[i], result);
    result.arguments += filled;
    filled = 0;
  };
  for (uint64_t bits = 0; bits <= 0xffffffffu; bits += stride) {
    x[filled++] = std::bit_cast<float>(static_cast<uint32_t>(bits));
    if (filled == kBlock) flush();
  }
  flush();
  return result;
}

}  // namespace fbert::kernels
