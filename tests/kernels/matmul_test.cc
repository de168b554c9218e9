// The float products of every table, to the bit.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>
#include <utility>
#include <vector>

#include "tests/kernels/kernel_test.h"

namespace fbert::kernels::matmul_test {
namespace {

TEST(Matmul, SumsInTheSameOrderInEveryTable) {
  std::mt19937 random(8);
  for (int i = 0; i < 200; ++i) {
    const size_t rows = 1 + random() % 20;
    const size_t columns = 1 + random() % 140;
    const size_t depth = 1 + random() % 100;
    std::vector<float> x(rows * depth), p(depth * columns);
    for (float& value : x) value = static_cast<float>(random() % 2001) / 1000.0F - 1.0F;
    for (float& value : p) value = static_cast<float>(random() % 2001) / 1000.0F - 1.0F;
    std::vector<float> expected(rows * columns);
    for (size_t r = 0; r < rows; ++r) {
      for (size_t j = 0; j < columns; ++j) {
        float sum = 0.0F;
        for (size_t k = 0; k < depth; ++k) sum = std::fma(x[r * depth + k], p[k * columns + j], sum);
        expected[r * columns + j] = sum;
      }
    }
    for_each_table([&](const KernelTable& table) {
      std::vector<float> c(rows * columns);
      table.matmul(x.data(), depth, p.data(), columns, c.data(), columns, rows, columns, depth);
      EXPECT_EQ(std::memcmp(c.data(), expected.data(), c.size() * sizeof(float)), 0)
          << rows << " x " << columns << " x " << depth;
    });
  }
}

// x (rows, depth) * w (depth, columns) + bias, each output one chain of fused operations.
std::vector<float> defined_product(const std::vector<float>& x, const std::vector<float>& w, size_t rows,
                                   const std::vector<float>& bias, size_t depth) {
  const size_t columns = bias.size();
  std::vector<float> y(rows * columns);
  for (size_t r = 0; r < rows; ++r) {
    for (size_t j = 0; j < columns; ++j) {
      float sum = 0.0F;
      for (size_t k = 0; k < depth; ++k) sum = std::fma(x[r * depth + k], w[k * columns + j], sum);
      y[r * columns + j] = sum + bias[j];
    }
  }
  return y;
}

// (depth, columns) -> panels, as kernels/table.h says; the columns that fill up the last one hold what may not matter.
std::vector<float> packed(const std::vector<float>& w, size_t depth, size_t columns) {
  std::vector<float> panels(depth * round_up(columns, kPanelMultiple), std::nanf(""));
  for (size_t first = 0; first < columns; first += kPanelColumns) {
    const size_t width = round_up(std::min(kPanelColumns, columns - first), kPanelMultiple);
    for (size_t k = 0; k < depth; ++k) {
      for (size_t j = first; j < std::min(first + kPanelColumns, columns); ++j) {
        panels[first * depth + k * width + j - first] = w[k * columns + j];
      }
    }
  }
  return panels;
}

TEST(FloatProduct, IsOneChainOfFusedOperationsInEveryTable) {
  constexpr size_t kGap = 3;
  std::mt19937 random(9);
  for (int i = 0; i < 200; ++i) {
    const size_t rows = 1 + random() % 35;
    const size_t columns = 1 + random() % 200;
    const size_t depth = i % 20 == 0 ? 700 + random() % 1000 : 1 + random() % 130;  // of several blocks, and of one
    const auto values = [&random](size_t count) {
      std::vector<float> v(count);
      for (float& value : v) value = static_cast<float>(random() % 2001) / 1000.0F - 1.0F;
      return v;
    };
    const std::vector<float> x = values(rows * depth), w = values(depth * columns), bias = values(columns);
    const std::vector<float> panels = packed(w, depth, columns);
    const std::vector<float> without = defined_product(x, w, rows, bias, depth);
    for_each_table([&](const KernelTable& table) {
      using Apply = void (*)(float*, size_t, const float*, size_t, size_t);
      for (const auto& [activation, apply] : {std::pair<Activation, Apply>{Activation::kNone, table.bias},
                                              {Activation::kGelu, table.bias_gelu},
                                              {Activation::kGeluTanh, table.bias_gelu_tanh},
                                              {Activation::kRelu, table.bias_relu},
                                              {Activation::kTanh, table.bias_tanh}}) {
        std::vector<float> expected(rows * (columns + kGap), -7.0F);
        const std::vector<float> zeros(columns);
        for (size_t r = 0; r < rows; ++r) {
          std::copy_n(&without[r * columns], columns, &expected[r * (columns + kGap)]);
        }
        apply(expected.data(), columns + kGap, zeros.data(), rows, columns);
        std::vector<float> y(expected.size(), -7.0F);
        table.multiply_f32({.x = x.data(),
                            .x_stride = depth,
                            .rows = rows,
                            .depth = depth,
                            .panels = panels.data(),
                            .bias = bias.data(),
                            .columns = columns,
                            .activation = activation,
                            .y = y.data(),
                            .y_stride = columns + kGap,
                            .next = reinterpret_cast<const int8_t*>(panels.data())});
        EXPECT_EQ(std::memcmp(y.data(), expected.data(), y.size() * sizeof(float)), 0)
            << rows << " x " << columns << " x " << depth;
      }
    });
  }
}

}  // namespace
}  // namespace fbert::kernels::matmul_test
