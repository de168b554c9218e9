#include "data/labels.h"

#include <gmock/gmock.h>

#include "tests/cli/rows.h"

namespace fbert::labels_test {
namespace {

using testing::error_of;
using ::testing::HasSubstr;

TEST(LabelMap, RefusesLabelsOfOneName) { EXPECT_THROW(LabelMap({"yes", "no", "yes"}), Error); }

TEST(LabelMap, FindsNamesExactly) {
  const LabelMap map({"Positive", "positive", "NEG"});
  EXPECT_EQ(map.id_of("positive"), 1);
  EXPECT_EQ(map.id_of("Positive"), 0);
}

TEST(LabelMap, FindsNamesWithoutRegardToCaseAndOuterSpace) {
  const LabelMap map({"NEGATIVE", "not_entailment", "Sci/Tech"});
  EXPECT_EQ(map.id_of("negative"), 0);
  EXPECT_EQ(map.id_of(" Not_Entailment\t"), 1);
  EXPECT_EQ(map.id_of("sci/tech"), 2);
}

TEST(LabelMap, RefusesACaseThatFitsSeveralNames) { EXPECT_EQ(LabelMap({"Positive", "positive"}).find("POSITIVE"), -1); }

TEST(LabelMap, TakesNumbersAsIds) {
  for (const auto& labels :
       {std::vector<std::string>{"negative", "positive", "neutral"}, {"LABEL_0", "LABEL_1", "LABEL_2"}}) {
    const LabelMap map(labels);
    EXPECT_EQ(map.id_of("0"), 0);
    EXPECT_EQ(map.id_of("1.0"), 1);
    EXPECT_EQ(map.id_of(" 2 "), 2);
    EXPECT_EQ(map.id_of("2e0"), 2);
    for (const char* wrong : {"3", "-1", "0.5", "1.0.", "nan", "inf", "0x1", "", "1 2"})
      EXPECT_EQ(map.find(wrong), -1) << wrong;
  }
}

TEST(LabelMap, TakesTruthValuesAsTheIdsZeroAndOne) {
  const LabelMap map({"not_duplicate", "duplicate"});
  EXPECT_EQ(map.id_of("true"), 1);
  EXPECT_EQ(map.id_of("False"), 0);
  EXPECT_EQ(LabelMap({"true", "false"}).id_of("True"), 0);
}

TEST(LabelMap, FindsDefaultNames) {
  EXPECT_EQ(LabelMap({"LABEL_0", "LABEL_1"}).id_of("LABEL_1"), 1);
  EXPECT_EQ(LabelMap({"LABEL_0", "LABEL_1"}).id_of("label_1"), 1);
}

TEST(LabelMap, NeverTakesANumberAsAnIdWhereNamesAreNumbers) {
  const LabelMap map({"1", "2", "3.0", "none"});
  EXPECT_EQ(map.id_of("1"), 0);
  EXPECT_EQ(map.id_of("2.0"), 1);
  EXPECT_EQ(map.id_of("3"), 2);
  EXPECT_EQ(map.find("0"), -1);
  EXPECT_EQ(map.id_of("None"), 3);
}

TEST(LabelMap, NamesValueAndLabelsWhenNothingFits) {
  EXPECT_EQ(error_of([] {
              LabelMap({"negative", "posi\ntive"}).id_of("neu\ttral");
            }),
            "1: label 'neu\\ttral' is none of the model's: 0 'negative', 1 'posi\\ntive'");
}

TEST(LabelMap, KeepsTheMessageShortForManyLabels) {
  std::vector<std::string> labels;
  for (int i = 0; i < 1000; ++i) labels.push_back("x" + std::to_string(i));
  const std::string message = error_of([&] { LabelMap(labels).id_of("y"); });
  EXPECT_THAT(message, ::testing::HasSubstr(" and 980 more"));
  EXPECT_LT(message.size(), 400u);
}

TEST(GoldValue, IsAFiniteNumber) {
  EXPECT_EQ(parse_gold_value(" 4.75\t"), 4.75);
  EXPECT_EQ(parse_gold_value("-1e-3"), -1e-3);
  EXPECT_EQ(parse_gold_value("+5"), 5);
  for (const char* wrong : {"", "x", "1,5", "nan", "inf", "1e999", "3 4", "+-1"}) {
    EXPECT_EQ(error_of([&] { parse_gold_value(wrong); }).substr(0, 50),
              "1: expected a finite number as the gold value, fou")
        << wrong;
  }
}

TEST(LabelMap, NumberingAlignsByName) {
  const LabelMap map({"CONTRADICTION", "Entailment", "neutral"},
                     {.numbering = {"entailment", "neutral", "contradiction"}});
  EXPECT_EQ(map.find("0"), 1);
  EXPECT_EQ(map.find("1.0"), 2);
  EXPECT_EQ(map.find("2"), 0);
  EXPECT_EQ(map.find("neutral"), 2);
  EXPECT_EQ(map.find("3"), -1);
}

TEST(LabelMap, NumberingIsOfIdsWhereTheModelHasNoNames) {
  const LabelMap map({"LABEL_0", "LABEL_1"}, {.numbering = {"entailment", "not_entailment"}});
  EXPECT_EQ(map.find("not_entailment"), 1);
  EXPECT_EQ(map.find("0"), 0);
  EXPECT_EQ(map.find("LABEL_1"), 1);
}

TEST(LabelMap, NumberingNeedsAModelOfAsManyLabels) {
  EXPECT_THAT(error_of([] {
                LabelMap({"a", "b", "c"}, {.numbering = {"x", "y"}});
              }),
              HasSubstr("2: the task has the 2 labels 0 'x', 1 'y', the model has 3: 0 'a', 1 'b', 2 'c'"));
}

TEST(LabelMap, NumberingMayNameSomeOfTheModelsLabels) {
  const LabelMap map({"other", "y", "x"}, {.numbering = {"x", "y"}});
  EXPECT_EQ(map.find("0"), 2);
  EXPECT_EQ(map.find("other"), 0);
}

TEST(LabelMap, StripsNumericPrefixesOnBothSides) {
  const LabelMap map({"0_not_relevant", "1_relevant", "12"}, {.strip_numeric_prefix = true});
  EXPECT_EQ(map.find("not_relevant"), 0);
  EXPECT_EQ(map.find("3-Relevant"), 1);
  EXPECT_EQ(map.find("1. relevant"), 1);
  EXPECT_EQ(map.find("0_not_relevant"), 0);
  EXPECT_EQ(map.find("12"), 2);
  EXPECT_EQ(map.find("12_"), -1);
  EXPECT_EQ(LabelMap({"0_a", "1_b"}).find("a"), -1);
}

TEST(LabelMap, RefusesPrefixesThatTellLabelsApart) {
  EXPECT_THAT(error_of([] {
                LabelMap({"0_a", "1_a"}, {.strip_numeric_prefix = true});
              }),
              HasSubstr("2: strip_numeric_prefix: '0_a' and '1_a' of the model become the same name"));
}

TEST(LabelMap, RenamesComeFirst) {
  const LabelMap map({"negative", "positive"}, {.renames = {{"bad", "negative"}, {"Good", "1"}, {"0", "positive"}}});
  EXPECT_EQ(map.find(" good "), 1);
  EXPECT_EQ(map.find("bad"), 0);
  EXPECT_EQ(map.find("0"), 1);
  EXPECT_EQ(map.find("negative"), 0);
  EXPECT_THAT(error_of([] { LabelMap({"a"}, {.renames = {{"x", "y"}}}); }), HasSubstr("2: renames: label 'y'"));
}

}  // namespace
}  // namespace fbert::labels_test
