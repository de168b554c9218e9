// Rows in 8 and 16 bits, and their places in packed panels.
#include <gtest/gtest.h>

#include <algorithm>
#include <cfenv>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "engine/int8_rows.h"
#include "engine/load_tasks.h"
#include "engine/pack.h"
#include "loader/safetensors.h"
#include "loader/widen.h"
#include "tests/support/arrays.h"

namespace fbert::weight_rows_test {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

std::vector<float> random_row(size_t size, std::mt19937& random) {
  std::vector<float> row(size);
  for (float& x : row) x = static_cast<float>(random()) / 4e9F - 0.5F;
  return row;
}

TEST(Int8Rows, RoundsToNearestEvenByTheGreatestMagnitude) {
  std::mt19937 random(3);
  for (const size_t size : std::initializer_list<size_t>{1, 3, 63, 64, 65, 200}) {
    const std::vector<float> row = random_row(size, random);
    std::vector<int8_t> values(size);
    float scale = 0;
    ASSERT_TRUE(quantize_row(row, values.data(), &scale));
    float largest = 0;
    for (const float x : row) largest = std::max(largest, std::abs(x));
    EXPECT_EQ(scale, largest / 127.0F);
    std::vector<float> expected = row;
    for (float& x : expected) x = std::nearbyint(x / scale);
    EXPECT_TRUE(testing::arrays_equal(values, expected));
  }
  const std::vector<float> ties = {127.0F, 0.5F, 1.5F, 2.5F, -0.5F, -1.5F, -127.0F};
  std::vector<int8_t> values(ties.size());
  float scale = 0;
  ASSERT_TRUE(quantize_row(ties, values.data(), &scale));
  EXPECT_EQ(values, (std::vector<int8_t>{127, 0, 2, 2, 0, -2, -127}));
}

TEST(Int8Rows, EveryRowHasAScaleThatAFileMayHold) {
  for (const float x : {0.0F, -0.0F, 1e-45F, 1e-38F, 1.4e-36F, 1e-30F, 3.4e38F, -3.4e38F}) {
    const std::vector<float> row(70, x);
    std::vector<int8_t> values(row.size(), 9);
    float scale = 0;
    ASSERT_TRUE(quantize_row(row, values.data(), &scale)) << x;
    EXPECT_TRUE(is_scale(scale)) << x;
    EXPECT_EQ(values.front(), std::abs(x) > 1.5e-36F ? std::copysign(127, x) : 0) << x;
  }
}

TEST(Int8Rows, RefusesWhatIsNotFinite) {
  for (const float x : {NAN, -NAN, kInfinity, -kInfinity}) {
    for (const size_t place : std::initializer_list<size_t>{0, 63, 64, 69}) {
      std::vector<float> row(70, 1.0F);
      row[place] = x;
      std::vector<int8_t> values(row.size());
      float scale = 0;
      EXPECT_FALSE(quantize_row(row, values.data(), &scale)) << x << " at " << place;
    }
  }
}

TEST(Int8Rows, ScalesAreNormalNumbersAboveZero) {
  for (const float scale : {0.0F, -0.0F, -1.0F, NAN, kInfinity, -kInfinity, 1e-40F}) EXPECT_FALSE(is_scale(scale));
  for (const float scale : {1.0F, 1.2e-38F, 3e38F}) EXPECT_TRUE(is_scale(scale));
}

// All of them are checked against what widening gives back: the nearest has no nearer neighbour.
TEST(NarrowF16, TakesTheNearest) {
  for (uint32_t half = 0; half < 0x7BFF; ++half) {
    const float low = f16_to_f32(static_cast<uint16_t>(half));
    const float high = f16_to_f32(static_cast<uint16_t>(half + 1));
    const float middle = (low + high) / 2;
    const std::vector<float> in = {low, std::nextafter(middle, low), middle, std::nextafter(middle, high), -high};
    std::vector<uint16_t> out(in.size());
    ASSERT_TRUE(narrow_f16(in, out.data()));
    ASSERT_EQ(out[0], half);
    ASSERT_EQ(out[1], half);
    ASSERT_EQ(out[2], half + half % 2);
    ASSERT_EQ(out[3], half + 1);
    ASSERT_EQ(out[4], (half + 1) | 0x8000);
  }
}

TEST(NarrowF16, RefusesWhatIsNotFiniteThere) {
  uint16_t out = 0;
  for (const float x : {65520.0F, -65520.0F, 1e38F, kInfinity, NAN}) EXPECT_FALSE(narrow_f16({&x, 1}, &out)) << x;
  const float largest = 65519.99F;
  EXPECT_TRUE(narrow_f16({&largest, 1}, &out));
  EXPECT_EQ(out, 0x7BFF);
}

TEST(LinearPacker, PutsEveryValueWhereTheFormatSays) {
  constexpr size_t kRows = 70, kDepth = 10;  // a panel of 48 and one of 32 columns; two values beyond whole groups
  Arena arena(1 << 20);
  const LinearPacker packer(kRows, kDepth, Precision::kInt8, Blas::kOwn, arena);
  std::mt19937 random(5);
  std::vector<int8_t> values(kRows * kDepth);
  for (int8_t& value : values) value = static_cast<int8_t>(random());
  std::vector<float> scales(kRows);
  for (size_t r = 0; r < kRows; ++r) scales[r] = static_cast<float>(r + 1);
  packer.pack(0, values, scales);
  const Linear& linear = packer.linear();
  for (size_t r = 0; r < kRows; ++r) {
    const size_t panel = r / 48 * 48;
    const size_t width = panel == 0 ? 48 : 32;
    int32_t sum = 0;
    for (size_t k = 0; k < kDepth; ++k) {
      const size_t place = panel * 12 + (k / 4 * width + r - panel) * 4 + k % 4;
      ASSERT_EQ(linear.int8_panels[place], values[r * kDepth + k]) << r << ", " << k;
      sum += values[r * kDepth + k];
    }
    EXPECT_EQ(linear.scales[r], scales[r]);
    EXPECT_EQ(linear.sum_starts[r], -128 * sum);
  }
}

TEST(LoadTasks, TheFirstFailureGoesOnWhateverTheThreads) {
  for (const int threads : {1, 2, 7}) {
    LoadTasks tasks;
    std::vector<int> done(200);
    for (int i = 0; i < 200; ++i) {
      tasks.add([i, &done](LoadScratch&) {
        if (i == 120 || i == 70 || i == 199) throw i;
        done[static_cast<size_t>(i)] = 1;
      });
    }
    int thrown = -1;
    try {
      tasks.run(threads);
    } catch (const int i) {
      thrown = i;
    }
    EXPECT_EQ(thrown, 70);
    EXPECT_EQ(std::count(done.begin(), done.begin() + 70, 1), 70);
  }
}

}  // namespace
}  // namespace fbert::weight_rows_test
