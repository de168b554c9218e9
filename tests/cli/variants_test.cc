#include "cli/variants.h"

#include <gmock/gmock.h>

#include "tests/cli/rows.h"
#include "tests/support/paths.h"
#include "tests/support/tiny_model.h"

namespace fbert::variants_test {
namespace {

using ::testing::ElementsAre;
using testing::error_of;
using ::testing::HasSubstr;

std::vector<std::string> names(const std::string& list) {
  const testing::TemporaryFolder folder;
  testing::TinyModel().write(folder.path());
  std::vector<std::string> found;
  for (const Variant& variant : parse_variants(list, ModelFolder(folder.path()), {})) found.push_back(variant.name);
  return found;
}

TEST(Variants, AreBothPrecisionsUnlessNamed) {
  EXPECT_THAT(names(""), ElementsAre("fp32", "int8"));
  EXPECT_THAT(names("int8"), ElementsAre("int8"));
  EXPECT_THAT(names("int8, fp32"), ElementsAre("int8", "fp32"));
}

TEST(Variants, TakeTheModelsFolderOrTheirOwn) {
  const testing::TemporaryFolder folder;
  const testing::TemporaryFolder model;
  const auto variants = parse_variants("int8," + folder.path().string(), ModelFolder(model.path()), {.threads = 3});
  ASSERT_EQ(variants.size(), 2u);
  EXPECT_EQ(variants[0].folder.path(), model.path());
  EXPECT_EQ(variants[0].options.precision, Precision::kInt8);
  EXPECT_EQ(variants[1].folder.path(), folder.path());
  EXPECT_EQ(variants[1].options.threads, 3);
}

TEST(Variants, RefuseWhatTheyAreNot) {
  EXPECT_THAT(error_of([] { names("fp16"); }), HasSubstr("2: 'fp16' is neither"));
  EXPECT_THAT(error_of([] { names("fp32,,int8"); }), HasSubstr("2: --variant: an empty name"));
  EXPECT_THAT(error_of([] { names("fp32,"); }), HasSubstr("an empty name"));
  EXPECT_THAT(error_of([] { names("int8,int8"); }), HasSubstr("'int8' is given twice"));
}

}  // namespace
}  // namespace fbert::variants_test
