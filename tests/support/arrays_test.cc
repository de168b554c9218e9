#include "tests/support/arrays.h"

#include <cstdint>
#include <limits>
#include <vector>

namespace fbert::testing::arrays_test {
namespace {

TEST(ArraysEqual, SaysInOneLineHowManyDifferHowMuchAndWhereFirst) {
  std::vector<float> found(1000, 1.0F);
  const std::vector<float> expected = found;
  EXPECT_TRUE(arrays_equal(found, expected));
  found[5] = 1.5F;
  found[7] = 0.25F;
  EXPECT_STREQ(arrays_equal(found, expected).message(),
               "2 of 1000 differ by more than 0, most by 0.75 at 7; the first at 5: 1.5, expected 1");
  EXPECT_STREQ(arrays_equal(found, expected, 0.5).message(),
               "1 of 1000 differ by more than 0.5, most by 0.75 at 7; the first at 7: 0.25, expected 1");
  EXPECT_TRUE(arrays_equal(found, expected, 0.75));
}

TEST(ArraysEqual, NeedsEqualSizes) {
  EXPECT_STREQ(arrays_equal(std::vector<int>(2), std::vector<int>(3), 9).message(), "2 values, expected 3");
}

TEST(ArraysEqual, ANanDiffersFromEverythingAndAnInfinityNotFromItself) {
  const float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();
  EXPECT_FALSE(arrays_equal(std::vector{nan}, std::vector{nan}, 1e9));
  EXPECT_FALSE(arrays_equal(std::vector{nan}, std::vector{1.0F}, 1e9));
  EXPECT_FALSE(arrays_equal(std::vector{-infinity}, std::vector{infinity}, 1e9));
  EXPECT_TRUE(arrays_equal(std::vector{infinity}, std::vector{infinity}));
}

TEST(ArraysEqual, ShowsBytesAsNumbers) {
  EXPECT_STREQ(arrays_equal(std::vector<int8_t>{65}, std::vector<int8_t>{66}).message(),
               "1 of 1 differ by more than 0, most by 1 at 0; the first at 0: 65, expected 66");
}

}  // namespace
}  // namespace fbert::testing::arrays_test
