// The int8 path of every table: the integer product against a triple loop in 64 bits, and the bits of all results
// against the table "ref".
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "tests/kernels/kernel_test.h"

namespace fbert::kernels {
namespace {

size_t round_up(size_t n, size_t multiple) { return (n + multiple - 1) / multiple * multiple; }

// A product with random or extreme operands, packed as table.h describes.
struct Problem {
  size_t rows, columns, depth;
  std::vector<int32_t> a;  // (rows, depth), u8
  std::vector<int32_t> b;  // (columns, depth), s8

  std::vector<uint8_t> packed_a() const {
    const size_t groups = round_up(depth, kDepthGroup) / kDepthGroup;
    std::vector<uint8_t> packed(round_up(rows, kRowBlock) * groups * kDepthGroup, 128);
    for (size_t r = 0; r < rows; ++r) {
      for (size_t k = 0; k < depth; ++k) {
        const size_t block = r / kRowBlock * groups * kRowBlock * kDepthGroup;
        packed[block + (k / kDepthGroup * kRowBlock + r % kRowBlock) * kDepthGroup + k % kDepthGroup] =
            static_cast<uint8_t>(a[r * depth + k]);
      }
    }
    return packed;
  }

  std::vector<int8_t> packed_b() const {
    const size_t groups = round_up(depth, kDepthGroup) / kDepthGroup;
    // Behind the last panel lies what a prefetch may name and nothing may read: no room for it.
    std::vector<int8_t> packed;
    for (size_t first = 0; first < columns; first += kPanelColumns) {
      const size_t width = round_up(std::min(kPanelColumns, columns - first), kPanelMultiple);
      for (size_t g = 0; g < groups; ++g) {
        for (size_t j = 0; j < width; ++j) {
          for (size_t k = g * kDepthGroup; k < (g + 1) * kDepthGroup; ++k) {
            const bool inside = first + j < columns && k < depth;
            packed.push_back(inside ? static_cast<int8_t>(b[(first + j) * depth + k]) : int8_t{0});
          }
        }
      }
    }
    return packed;
  }

  // The plain sums of products.
  std::vector<float> sums(const KernelTable& table) const {
    const std::vector<float> scales(columns, 1.0F), bias(columns, 0.0F);
    return run(table, Activation8::kNone, std::vector<QuantizedRow>(rows, {1.0F, 0.0F}), scales, bias,
               std::vector<int32_t>(round_up(columns, kPanelMultiple), 0));
  }

  // With scales, middles of rows, biases and what takes the 128 off again.
  std::vector<float> finished(const KernelTable& table, Activation8 activation) const {
    std::vector<QuantizedRow> a_rows(rows);
    for (size_t r = 0; r < rows; ++r) a_rows[r] = {0.003F, 0.01F * static_cast<float>(r % 5) - 0.02F};
    std::vector<float> scales(columns), bias(columns);
    std::vector<int32_t> start(round_up(columns, kPanelMultiple), 0);
    for (size_t j = 0; j < columns; ++j) {
      scales[j] = 0.001F * static_cast<float>(j % 13 + 1);
      bias[j] = static_cast<float>(j % 7) - 3.0F;
      for (size_t k = 0; k < depth; ++k) start[j] -= 128 * b[j * depth + k];
    }
    return run(table, activation, a_rows, scales, bias, start);
  }

 private:
  std::vector<float> run(const KernelTable& table, Activation8 activation, const std::vector<QuantizedRow>& a_rows,
                         const std::vector<float>& b_scales, const std::vector<float>& bias,
                         const std::vector<int32_t>& start) const {
    const std::vector<uint8_t> a_bytes = packed_a();
    const std::vector<int8_t> b_bytes = packed_b();
    constexpr size_t kGap = 5;
    std::vector<float> c(rows * (columns + kGap), -7.0F);
    table.multiply_int8({.a = a_bytes.data(),
                         .a_rows = a_rows.data(),
                         .rows = rows,
                         .depth_groups = round_up(depth, kDepthGroup) / kDepthGroup,
                         .b = b_bytes.data(),
                         .b_scales = b_scales.data(),
                         .b_start = start.data(),
                         .bias = bias.data(),
                         .columns = columns,
                         .activation = activation,
                         .c = c.data(),
                         .c_stride = columns + kGap});
    return c;
  }
};

enum class Values { kRandom, kLargest, kSmallest, kAlternating };

Problem make_problem(size_t rows, size_t columns, size_t depth, Values values, std::mt19937& random) {
  Problem p{rows, columns, depth, std::vector<int32_t>(rows * depth), std::vector<int32_t>(columns * depth)};
  for (int32_t& value : p.a) value = values == Values::kRandom ? static_cast<int32_t>(random() % 256) : 255;
  for (size_t i = 0; i < p.b.size(); ++i) {
    switch (values) {
      case Values::kRandom:
        p.b[i] = static_cast<int32_t>(random() % 256) - 128;
        break;
      case Values::kLargest:
        p.b[i] = 127;
        break;
      case Values::kSmallest:
        p.b[i] = -128;
        break;
      case Values::kAlternating:
        p.b[i] = i % 2 == 0 ? 127 : -128;
        break;
    }
  }
  return p;
}

// Calls f(table) for every table that this CPU can run.
template <typename F>
void for_each_table(F f) {
  for (const KernelTable* table : runnable_tables()) {
    SCOPED_TRACE(table->name);
    f(*table);
  }
}

void expect_exact(const Problem& p) {
  for_each_table([&](const KernelTable& table) {
    const std::vector<float> c = p.sums(table);
    const size_t stride = c.size() / p.rows;
    for (size_t r = 0; r < p.rows; ++r) {
      for (size_t j = 0; j < stride; ++j) {
        int64_t sum = -7;
        if (j < p.columns) {
          sum = 0;
          for (size_t k = 0; k < p.depth; ++k) sum += int64_t{p.a[r * p.depth + k]} * p.b[j * p.depth + k];
        }
        ASSERT_EQ(c[r * stride + j], static_cast<float>(static_cast<int32_t>(sum)))
            << p.rows << " x " << p.columns << " x " << p.depth << " at " << r << ", " << j;
      }
    }
  });
}

TEST(Int8Product, IsExactForEdgeSizes) {
  std::mt19937 random(3);
  for (const size_t rows : std::initializer_list<size_t>{1, 2, 3, 5, 7, 8, 9, 12, 17}) {
    for (const size_t columns : std::initializer_list<size_t>{1, 15, 16, 17, 31, 33, 47, 48, 49, 72, 96, 113}) {
      for (const size_t depth : std::initializer_list<size_t>{1, 3, 4, 5, 26, 64}) {
        expect_exact(make_problem(rows, columns, depth, Values::kRandom, random));
      }
    }
  }
}

TEST(Int8Product, IsExactForExtremeValues) {
  std::mt19937 random(4);
  for (const Values values : {Values::kLargest, Values::kSmallest, Values::kAlternating}) {
    for (const size_t depth : std::initializer_list<size_t>{2, 312, 3072}) {
      expect_exact(make_problem(9, 49, depth, values, random));
    }
  }
}

TEST(Int8Product, IsExactForRandomProblems) {
  std::mt19937 random(5);
  for (int i = 0; i < 300; ++i) {
    expect_exact(make_problem(1 + random() % 20, 1 + random() % 150, 1 + random() % 200, Values::kRandom, random));
  }
}

TEST(Int8Product, TheEpilogueHasTheSameBitsInEveryTable) {
  std::mt19937 random(6);
  for (const Activation8 activation :
       {Activation8::kNone, Activation8::kGelu, Activation8::kGeluTanh, Activation8::kRelu, Activation8::kTanh}) {
    const Problem p = make_problem(11, 77, 130, Values::kRandom, random);
    const std::vector<float> expected = p.finished(*find("ref"), activation);
    for_each_table([&](const KernelTable& table) {
      const std::vector<float> c = p.finished(table, activation);
      EXPECT_EQ(std::memcmp(c.data(), expected.data(), c.size() * sizeof(float)), 0);
    });
  }
}

struct Quantized {
  std::vector<uint8_t> packed;
  std::vector<QuantizedRow> rows;
};

Quantized quantize(const KernelTable& table, const std::vector<float>& x, size_t rows, size_t n) {
  Quantized q{std::vector<uint8_t>(round_up(rows, kRowBlock) * round_up(n, kDepthGroup), 77),
              std::vector<QuantizedRow>(rows)};
  table.quantize_rows(x.data(), n, rows, n, q.packed.data(), q.rows.data());
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

TEST(QuantizeRows, AProductGivesBackTheMiddle) {
  // One column of weights 1, -2, 3 in steps of 0.5; a row far from zero.
  const std::vector<float> x = {100.0F, 101.0F, 102.0F};
  const Problem p{1, 1, 3, {0, 0, 0}, {1, -2, 3}};
  for_each_table([&](const KernelTable& table) {
    const Quantized q = quantize(table, x, 1, 3);
    const std::vector<int8_t> b = p.packed_b();
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
                         .activation = Activation8::kNone,
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
      const Quantized expected = quantize(*find("ref"), x, rows, n);
      for_each_table([&](const KernelTable& table) {
        const Quantized q = quantize(table, x, rows, n);
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

}  // namespace
}  // namespace fbert::kernels
