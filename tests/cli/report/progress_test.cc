#include "cli/report/progress.h"

#include <gtest/gtest.h>

#include "data/format.h"

namespace fbert::progress_test {
namespace {

const ProgressState kHalf{.done = 1234, .fraction = 0.5, .seconds = 10};

TEST(ProgressLine, ShowsBarShareTimeLeftCountAndRate) {
  EXPECT_EQ(progress_line(kHalf, 79), "[###############...............]  50 %  ETA 0:10  1234 texts  123/s");
}

TEST(ProgressLine, FitsEveryWidth) {
  for (size_t columns = 0; columns < 200; ++columns) {
    EXPECT_LE(display_width(progress_line(kHalf, columns)), columns);
    EXPECT_LE(display_width(progress_line({.done = 5, .fraction = {}, .seconds = 1}, columns)), columns);
  }
}

TEST(ProgressLine, LeavesOutTheBarFirstAndTheShareLast) {
  EXPECT_EQ(progress_line(kHalf, 40), " 50 %  ETA 0:10  1234 texts  123/s");
  EXPECT_EQ(progress_line(kHalf, 20), " 50 %  ETA 0:10");
  EXPECT_EQ(progress_line(kHalf, 6), " 50 %");
}

TEST(ProgressLine, CountsOnlyWhereTheEndIsNotKnown) {
  EXPECT_EQ(progress_line({.done = 30, .fraction = {}, .seconds = 10, .unit = "rows"}, 79), "30 rows  3.0/s");
}

TEST(ProgressLine, HasNoTimeLeftBeforeTheFirstStepAndNeverSaysAll) {
  EXPECT_EQ(progress_line({.done = 0, .fraction = 0, .seconds = 0}, 40), "[.......................]   0 %  0 texts");
  EXPECT_NE(progress_line({.done = 9, .fraction = 1, .seconds = 1}, 79).find(" 99 %"), std::string::npos);
}

TEST(ProgressLine, WritesHours) {
  const std::string line = progress_line({.done = 1, .fraction = 0.25, .seconds = 3600}, 79);
  EXPECT_NE(line.find("ETA 3:00:00"), std::string::npos) << line;
}

}  // namespace
}  // namespace fbert::progress_test
