#include "cli/data_options.h"

#include <gmock/gmock.h>

#include "tests/cli/rows.h"

namespace fbert::data_options_test {
namespace {

using ::testing::ElementsAre;
using testing::error_of;
using ::testing::HasSubstr;
using ::testing::Pair;

TEST(LabelMapOption, IsPairsOfGoldLabelAndLabel) {
  EXPECT_THAT(parse_label_map("bad=negative, Good = 1,0=positive"),
              ElementsAre(Pair("bad", "negative"), Pair("Good", "1"), Pair("0", "positive")));
  EXPECT_TRUE(parse_label_map("").empty());
}

TEST(LabelMapOption, GoldLabelsMayHoldEqualsSigns) {
  EXPECT_THAT(parse_label_map("a=b=c"), ElementsAre(Pair("a=b", "c")));
  for (const char* broken : {"a", "=a", "a=", "a=b,,c=d"}) {
    EXPECT_THAT(error_of([&] { parse_label_map(broken); }), HasSubstr("2: --label-map: ")) << broken;
  }
}

}  // namespace
}  // namespace fbert::data_options_test
