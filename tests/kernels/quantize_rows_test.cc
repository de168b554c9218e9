// Rows quantised for an int8 product, by every table.
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "tests/kernels/kernel_test.h"

namespace fbert::kernels::quantize_rows_test {
namespace {

struct Quantized {
  std::vector<uint8_t> packed;
  std::vector<QuantizedRow> rows;
};

Quantized quantize(const KernelTable& table, const std::vector<float>& x, size_t rows, size_t n,
                   std::vector<float> centre = {}) {
  centre.resize(n);
  Quantized q{std::vector<uint8_t>(round_up(rows, kRowBlock) * round_up(n, kDepthGroup), 77),
              std::vector<QuantizedRow>(rows)};
  table.quantize_rows(x.data(), n, rows, n, centre.data(), q.packed.data(), q.rows.data());
  return q;
}

int quantized_value(const Quantized& q, size_t n, size_t row, size_t k) {
  const size_t groups = round_up(n, kDepthGroup) / kDepthGroup;
  const size_t block = row / kRowBlock * groups * kRowBlock * kDepthGroup;
  return q.packed[block + (k / kDepthGroup * kRowBlock + row % kRowBlock) * kDepthGroup + k % kDepthGroup] - 128;
}

TEST(QuantizeRows, RoundsToNearestEvenAroundTheMiddleOfEachRow) {
  const std::vector<float> x = {127.0F, 0.5F, 1.5F,  -2.5F, -127.0F,  //
                                3.0F,   3.0F, 3.0F,  3.0F,  3.0F,     //
                                10.0F,  2.0F, 18.0F, 2.0F,  11.0F};
  for_each_table([&](const KernelTable& table) {
    const Quantized q = quantize(table, x, 3, 5);
    const QuantizedRow rows[3] = {{1.0F, 0.0F}, {0.0F, 3.0F}, {8.0F / 127.0F, 10.0F}};
    const int expected[3][5] = {{127, 0, 2, -2, -127}, {0, 0, 0, 0, 0}, {0, -127, 127, -127, 16}};
    for (size_t r = 0; r < 3; ++r) {
      EXPECT_EQ(q.rows[r].scale, rows[r].scale);
      EXPECT_EQ(q.rows[r].middle, rows[r].middle);
      for (size_t k = 0; k < 5; ++k) EXPECT_EQ(quantized_value(q, 5, r, k), expected[r][k]) << r << ", " << k;
    }
  });
}

TEST(QuantizeRows, TakesOffTheCentreOfEachColumn) {
  const std::vector<float> x = {1127.0F, -3.0F, 0.5F, -137.0F};
  for_each_table([&](const KernelTable& table) {
    const Quantized q = quantize(table, x, 1, 4, {1000.0F, -2.0F, 0.5F, -10.0F});
    EXPECT_EQ(q.rows[0].scale, 1.0F);
    EXPECT_EQ(q.rows[0].middle, 0.0F);
    const int expected[4] = {127, -1, 0, -127};
    for (size_t k = 0; k < 4; ++k) EXPECT_EQ(quantized_value(q, 4, 0, k), expected[k]) << k;
  });
}

TEST(QuantizeRows, AProductGivesBackTheMiddle) {
  // One column of weights 1, -2, 3 in steps of 0.5; a row far from zero.
  const std::vector<float> x = {100.0F, 101.0F, 102.0F};
  for_each_table([&](const KernelTable& table) {
    const Quantized q = quantize(table, x, 1, 3);
    std::vector<int8_t> b = {1, -2, 3};
    b.resize(kPanelMultiple * kDepthGroup, 0);
    const std::vector<float> scales(kPanelMultiple, 0.5F), bias(kPanelMultiple, 7.0F);
    std::vector<int32_t> start(kPanelMultiple, 0);
    start[0] = -128 * 2;
    float y = 0.0F;
    table.multiply_int8({.a = q.packed.data(),
                         .a_rows = q.rows.data(),
                         .rows = 1,
                         .depth_groups = 1,
                         .b = b.data(),
                         .b_scales = scales.data(),
                         .b_start = start.data(),
                         .bias = bias.data(),
                         .columns = 1,
                         .activation = Activation::kNone,
                         .c = &y,
                         .c_stride = 1});
    EXPECT_NEAR(y, 0.5F * (100.0F - 2 * 101.0F + 3 * 102.0F) + 7.0F, 0.01F);
  });
}

TEST(QuantizeRows, HasTheSameBitsInEveryTable) {
  std::mt19937 random(7);
  for (const size_t n : std::initializer_list<size_t>{1, 3, 4, 15, 16, 17, 26, 63, 64, 312, 768}) {
    for (const size_t rows : std::initializer_list<size_t>{1, 7, 8, 9, 20}) {
      std::vector<float> x(rows * n);
      for (float& value : x)
        value = std::ldexp(static_cast<float>(random() % 2000) - 1000.0F, static_cast<int>(random() % 40) - 30);
      if (rows > 7) x[6 * n] = 1e-42F;
      std::vector<float> centre(n);
      for (float& value : centre) value = static_cast<float>(random() % 2000) / 100.0F - 10.0F;
      const Quantized expected = quantize(*find("ref"), x, rows, n, centre);
      for_each_table([&](const KernelTable& table) {
        const Quantized q = quantize(table, x, rows, n, centre);
        EXPECT_EQ(q.packed, expected.packed) << rows << " x " << n;
        EXPECT_EQ(std::memcmp(q.rows.data(), expected.rows.data(), rows * sizeof(QuantizedRow)), 0);
      });
    }
  }
}

TEST(QuantizeRows, HasADefinedAnswerForNaNAndInfinity) {
  const float infinity = std::numeric_limits<float>::infinity();
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> x = {1.0F, nan, -1.0F, 0.5F, 1.0F, infinity, -infinity, 0.5F};
  for_each_table([&](const KernelTable& table) {
    const Quantized q = quantize(table, x, 2, 4);
    EXPECT_EQ(quantized_value(q, 4, 0, 0), 127);
    EXPECT_EQ(quantized_value(q, 4, 0, 1), 127);
    EXPECT_EQ(quantized_value(q, 4, 0, 2), -127);
    EXPECT_EQ(q.rows[0].middle, 0.0F);
    EXPECT_EQ(q.rows[1].scale, infinity);
    EXPECT_TRUE(std::isnan(q.rows[1].middle));
  });
}

}  // namespace
}  // namespace fbert::kernels::quantize_rows_test
