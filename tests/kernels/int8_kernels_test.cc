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

  std::vector<float> run(const KernelTable& table, Activation8 activation) const {
    const std::vector<uint8_t> a_bytes = packed_a();
    const std::vector<int8_t> b_bytes = packed_b();
    const size_t width = round_up(columns, kPanelMultiple);
    const std::vector<float> a_scales(rows, activation == Activation8::kNone ? 1.0F : 0.003F);
    std::vector<float> b_scales(width, 1.0F), bias(width, 0.0F);
    std::vector<int32_t> start(width, 0);
    for (size_t j = 0; j < columns && activation != Activation8::kNone; ++j) {
      b_scales[j] = 0.001F * static_cast<float>(j % 13 + 1);
      bias[j] = static_cast<float>(j % 7) - 3.0F;
      for (size_t k = 0; k < depth; ++k) start[j] -= 128 * b[j * depth + k];
    }
    constexpr size_t kGap = 5;
    std::vector<float> c(rows * (columns + kGap), -7.0F);
    table.multiply_int8({.a = a_bytes.data(),
                         .a_scales = a_scales.data(),
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
    const std::vector<float> c = p.run(table, Activation8::kNone);
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
  for (const Activation8 activation : {Activation8::kGelu, Activation8::kGeluTanh, Activation8::kRelu}) {
    const Problem p = make_problem(11, 77, 130, Values::kRandom, random);
    const std::vector<float> expected = p.run(*find("ref"), activation);
    for_each_table([&](const KernelTable& table) {
      const std::vector<float> c = p.run(table, activation);
      EXPECT_EQ(std::memcmp(c.data(), expected.data(), c.size() * sizeof(float)), 0);
    });
  }
}

struct Quantized {
  std::vector<uint8_t> packed;
  std::vector<float> scales;
};

Quantized quantize(const KernelTable& table, const std::vector<float>& x, size_t rows, size_t n) {
  Quantized q{std::vector<uint8_t>(round_up(rows, kRowBlock) * round_up(n, kDepthGroup), 77), std::vector<float>(rows)};
  table.quantize_rows(x.data(), n, rows, n, q.packed.data(), q.scales.data());
  return q;
}

int quantized_value(const Quantized& q, size_t n, size_t row, size_t k) {
  const size_t groups = round_up(n, kDepthGroup) / kDepthGroup;
  const size_t block = row / kRowBlock * groups * kRowBlock * kDepthGroup;
  return q.packed[block + (k / kDepthGroup * kRowBlock + row % kRowBlock) * kDepthGroup + k % kDepthGroup] - 128;
}

TEST(QuantizeRows, RoundsToNearestEvenWithOneScaleForEachRow) {
  const std::vector<float> x = {127.0F, 0.5F, 1.5F, -2.5F, -126.6F,  //
                                0.0F,   0.0F, 0.0F, 0.0F,  0.0F,     //
                                -2.54F, 1.0F, 0.0F, -0.0F, 2.0F};
  for_each_table([&](const KernelTable& table) {
    const Quantized q = quantize(table, x, 3, 5);
    EXPECT_EQ(q.scales, (std::vector<float>{1.0F, 0.0F, 2.54F / 127.0F}));
    const int expected[3][5] = {{127, 0, 2, -2, -127}, {0, 0, 0, 0, 0}, {-127, 50, 0, 0, 100}};
    for (size_t r = 0; r < 3; ++r) {
      for (size_t k = 0; k < 5; ++k) EXPECT_EQ(quantized_value(q, 5, r, k), expected[r][k]) << r << ", " << k;
    }
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
        EXPECT_EQ(std::memcmp(q.scales.data(), expected.scales.data(), rows * sizeof(float)), 0);
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
    EXPECT_EQ(quantized_value(q, 4, 1, 1), 127);
    EXPECT_EQ(quantized_value(q, 4, 1, 2), 127);
    EXPECT_EQ(q.scales[1], infinity);
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
