#include "quantizer/rotation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "tests/support/arrays.h"

namespace fbert::rotation_test {
namespace {

std::vector<float> random_values(size_t count) {
  std::mt19937 random(17);
  std::vector<float> values(count);
  for (float& value : values) value = static_cast<float>(random() % 2001) / 1000.0F - 1.0F;
  return values;
}

// (rows, inner) x (inner, columns)
std::vector<float> product(const std::vector<float>& a, const std::vector<float>& b, size_t inner) {
  const size_t rows = a.size() / inner;
  const size_t columns = b.size() / inner;
  std::vector<float> c(rows * columns);
  for (size_t r = 0; r < rows; ++r) {
    for (size_t j = 0; j < columns; ++j) {
      double sum = 0;
      for (size_t k = 0; k < inner; ++k) sum += double{a[r * inner + k]} * double{b[k * columns + j]};
      c[r * columns + j] = static_cast<float>(sum);
    }
  }
  return c;
}

class RotationTest : public ::testing::TestWithParam<size_t> {};

TEST_P(RotationTest, LeavesTheProductOfOutputAndValuesAlone) {
  const size_t head_size = GetParam();
  const size_t features = 3 * head_size;
  std::vector<float> value = random_values(features * 5);   // (features, 5)
  std::vector<float> output = random_values(4 * features);  // (4, features)
  const std::vector<float> before = product(output, value, features);
  const std::vector<float> unrotated = value;
  rotate_output_features(value, 5, head_size);
  rotate_input_features(output, head_size);
  EXPECT_EQ(value == unrotated, head_size == 1);
  const std::vector<float> after = product(output, value, features);
  EXPECT_TRUE(testing::arrays_equal(after, before, 1e-5));
}

TEST_P(RotationTest, KeepsLengths) {
  const size_t head_size = GetParam();
  std::vector<float> values = random_values(head_size);
  double before = 0;
  for (const float value : values) before += double{value} * double{value};
  rotate_output_features(values, 1, head_size);
  double after = 0;
  for (const float value : values) after += double{value} * double{value};
  EXPECT_NEAR(before, after, 1e-5 * before);
}

INSTANTIATE_TEST_SUITE_P(HeadSizes, RotationTest, ::testing::Values(1, 2, 3, 26, 32, 64, 100));

TEST(Rotation, SpreadsOneLargeValueOverItsHead) {
  std::vector<float> values(64, 0.0F);
  values[17] = 8.0F;
  rotate_input_features(values, 64);
  for (const float value : values) EXPECT_EQ(std::abs(value), 1.0F);
}

}  // namespace
}  // namespace fbert::rotation_test
