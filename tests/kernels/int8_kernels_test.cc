// The int8 product of every table: its integers against a triple loop in 64 bits, and the bits of its results against
// the table "ref".
#include <algorithm>
#include <cstring>
#include <random>
#include <vector>

#include "tests/kernels/kernel_test.h"

namespace fbert::kernels::int8_kernels_test {
namespace {

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
    return run(table, Activation::kNone, std::vector<QuantizedRow>(rows, {1.0F, 0.0F}), scales, bias,
               std::vector<int32_t>(round_up(columns, kPanelMultiple), 0));
  }

  // With scales, middles of rows, biases and what takes the 128 off again.
  std::vector<float> finished(const KernelTable& table, Activation activation) const {
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
  std::vector<float> run(const KernelTable& table, Activation activation, const std::vector<QuantizedRow>& a_rows,
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
  for (const Activation activation :
       {Activation::kNone, Activation::kGelu, Activation::kGeluTanh, Activation::kRelu, Activation::kTanh}) {
    const Problem p = make_problem(11, 77, 130, Values::kRandom, random);
    const std::vector<float> expected = p.finished(*find("ref"), activation);
    for_each_table([&](const KernelTable& table) {
      const std::vector<float> c = p.finished(table, activation);
      EXPECT_EQ(std::memcmp(c.data(), expected.data(), c.size() * sizeof(float)), 0);
    });
  }
}

}  // namespace
}  // namespace fbert::kernels::int8_kernels_test
