#include "data/columns.h"

#include <gmock/gmock.h>

#include "tests/cli/rows.h"

namespace fbert::columns_test {
namespace {

using testing::error_of;
using ::testing::HasSubstr;
using Names = std::vector<std::string>;

// "text,pair,label" as positions from 1, "-" for none; a trailing "h" where there is a header.
std::string found(const Names& first, const ColumnOptions& options = {}) {
  const Columns columns = find_columns(first, options, "data.csv");
  const auto shown = [](std::optional<size_t> column) { return column ? std::to_string(*column + 1) : "-"; };
  return shown(columns.text) + "," + shown(columns.pair) + "," + shown(columns.label) +
         (columns.has_header ? " h" : "");
}

const ColumnOptions kWithLabel{.label_required = true};

TEST(Columns, AreFoundByTheNamesOfKnownDataSets) {
  EXPECT_EQ(found({"sentence", "label"}, kWithLabel), "1,-,2 h");
  EXPECT_EQ(found({"text", "label_name"}, kWithLabel), "1,-,2 h");
  EXPECT_EQ(found({"label", "text", "text_pair"}, kWithLabel), "2,3,1 h");
  EXPECT_EQ(found({"sentence1", "sentence2", "label", "idx"}, kWithLabel), "1,2,3 h");
  EXPECT_EQ(found({"index", "question", "sentence", "label"}, kWithLabel), "2,3,4 h");
  EXPECT_EQ(found({"id", "qid1", "qid2", "question1", "question2", "is_duplicate"}, kWithLabel), "4,5,6 h");
  EXPECT_EQ(found({"premise", "hypothesis", "gold_label"}, kWithLabel), "1,2,3 h");
  EXPECT_EQ(found({"Quality", "#1 ID", "#2 ID", "#1 String", "#2 String"}, kWithLabel), "4,5,1 h");
  EXPECT_EQ(found({"", "id", "sentence", "sentiment"}, kWithLabel), "3,-,4 h");
  EXPECT_EQ(found({"sentence1", "score"}, kWithLabel), "1,-,2 h");
}

TEST(Columns, AreFoundWhateverTheCaseButExactNamesFirst) {
  EXPECT_EQ(found({"Text", "LABEL"}, kWithLabel), "1,-,2 h");
  EXPECT_EQ(found({"Text", "text"}), "2,-,- h");
}

TEST(Columns, PreferATextColumnToPairsAndALabelToAScore) {
  EXPECT_EQ(found({"sentence1", "sentence2", "score", "text", "label"}, kWithLabel), "4,-,5 h");
}

TEST(Columns, LeaveLabelsAloneWhenNoneIsWanted) { EXPECT_EQ(found({"text", "label"}), "1,-,- h"); }

TEST(Columns, AreChosenByNameOrPosition) {
  EXPECT_EQ(found({"id", "review", "reply", "stars"}, {.text = "review", .pair = "reply", .label = "4"}), "2,3,4 h");
  EXPECT_EQ(found({"a", "b", "c"}, {.text = "3", .label = "1"}), "3,-,1");
  EXPECT_EQ(found({"a", "b", "c"}, {.text = "3", .label = "1", .header = Header::kPresent}), "3,-,1 h");
}

TEST(Columns, TakeANumberAsANameFirst) { EXPECT_EQ(found({"2", "1", "text"}, {.text = "1"}), "2,-,- h"); }

TEST(Columns, TakeNoPairBesideAChosenText) {
  EXPECT_EQ(found({"sentence1", "sentence2"}, {.text = "sentence1"}), "1,-,- h");
}

TEST(Columns, FindTheTextBesideAChosenPair) { EXPECT_EQ(found({"reply", "text"}, {.pair = "reply"}), "2,1,- h"); }

TEST(Columns, TakeTheOnlyColumnAsTheText) {
  EXPECT_EQ(found({"a good film"}), "1,-,-");
  EXPECT_EQ(found({"text"}), "1,-,- h");
  EXPECT_EQ(found({"review"}, {.header = Header::kPresent}), "1,-,- h");
  EXPECT_EQ(found({"text"}, {.header = Header::kAbsent}), "1,-,-");
}

TEST(Columns, AreListedWhenOneIsMissing) {
  EXPECT_EQ(error_of([] {
              found({"id", "re\tview"}, {.header = Header::kPresent});
            }),
            "1: data.csv: no column for the text (known names: text, sentence, sentence1, ...); the header has 'id', "
            "'re\\tview'");
  EXPECT_EQ(error_of([] {
              found({"text", "stars"}, kWithLabel);
            }),
            "1: data.csv: no column for the label (known names: label, labels, gold_label, ...); the header has "
            "'text', 'stars'");
  EXPECT_EQ(
      error_of([] {
        found({"a film", "1"});
      }),
      "1: data.csv: no column for the text (known names: text, sentence, sentence1, ...); no header, 2 columns, the "
      "first row is 'a film', '1'");
  EXPECT_EQ(error_of([] {
              found({"text", "label"}, {.text = "body"});
            }),
            "1: data.csv: no column 'body'; the header has 'text', 'label'");
}

TEST(Columns, RejectPositionsThatAreNotThere) {
  EXPECT_EQ(error_of([] {
              found({"a", "b"}, {.text = "3"});
            }),
            "1: data.csv: no column 3; no header, 2 columns, the first row is 'a', 'b'");
  EXPECT_EQ(error_of([] {
              found({"a", "b"}, {.text = "99999999999999999999999"});
            }),
            "1: data.csv: no column 99999999999999999999999; no header, 2 columns, the first row is 'a', 'b'");
  EXPECT_EQ(error_of([] { found({"a", "b"}, {.text = "0"}); }), "2: columns are counted from 1, not from 0");
  EXPECT_EQ(error_of([] {
              found({"a", "b"}, {.text = "a", .header = Header::kAbsent});
            }),
            "2: data.csv: column 'a' is a name, but the file is read without a header");
}

TEST(Columns, KeepMessagesShortForManyColumns) {
  const std::string message = error_of([] { found(Names(100'000, std::string(1000, 'x'))); });
  EXPECT_LT(message.size(), 2000u);
  EXPECT_NE(message.find(" and 99980 more"), std::string::npos);
}

TEST(Columns, OfFilesWithoutHeaderCanBeKnown) {
  const ColumnOptions options{.without_header = {"4", "", "2"}, .label_required = true};
  const Columns positions = find_columns(Names{"gj04", "1", "", "The cat sat."}, options, "data.tsv");
  EXPECT_EQ(positions.text, 3u);
  EXPECT_EQ(positions.label, 1u);
  EXPECT_FALSE(positions.has_header);
  const Columns named = find_columns(Names{"label", "sentence"}, options, "data.tsv");
  EXPECT_EQ(named.text, 1u);
  EXPECT_EQ(named.label, 0u);
  ColumnOptions given = options;
  given.text = "1";
  given.label = "3";
  EXPECT_EQ(find_columns(Names{"a", "b", "c"}, given, "data.tsv").text, 0u);
  EXPECT_THAT(error_of([&] {
                find_columns(Names{"a", "b"}, options, "data.tsv");
              }),
              HasSubstr("data.tsv: no column 4"));
}

TEST(Keys, AreTextAndTextPairByDefault) {
  const Keys keys = find_keys(Names{"label", "text"}, {}, "data.jsonl");
  EXPECT_EQ(keys.text, "text");
  EXPECT_EQ(keys.pair, "text_pair");
  EXPECT_TRUE(keys.pair_optional);
  EXPECT_EQ(keys.label, "");
}

TEST(Keys, AreFoundByKnownNames) {
  const Keys keys = find_keys(Names{"gold_label", "hypothesis", "premise"}, kWithLabel, "data.jsonl");
  EXPECT_EQ(keys.text, "premise");
  EXPECT_EQ(keys.pair, "hypothesis");
  EXPECT_FALSE(keys.pair_optional);
  EXPECT_EQ(keys.label, "gold_label");
}

TEST(Keys, AreTakenAsGiven) {
  const Keys keys = find_keys(Names{"x"}, {.text = "1", .pair = "2", .label = "3"}, "data.jsonl");
  EXPECT_EQ(keys.text + keys.pair + keys.label, "123");
  EXPECT_FALSE(keys.pair_optional);
  EXPECT_EQ(find_keys(Names{"text_pair"}, {.text = "body"}, "data.jsonl").pair, "");
}

TEST(Keys, AreListedWhenOneIsMissing) {
  EXPECT_EQ(error_of([] {
              find_keys(Names{"body", "id"}, {}, "data.jsonl");
            }),
            "1: data.jsonl: no key for the text (known names: text, sentence, sentence1, ...); the first object has "
            "'body', 'id'");
  EXPECT_EQ(
      error_of([] { find_keys(Names{}, {}, "data.jsonl"); }),
      "1: data.jsonl: no key for the text (known names: text, sentence, sentence1, ...); the first object has none");
  EXPECT_EQ(
      error_of([] { find_keys(Names{"text"}, kWithLabel, "data.jsonl"); }),
      "1: data.jsonl: no key for the label (known names: label, labels, gold_label, ...); the first object has 'text'");
}

}  // namespace
}  // namespace fbert::columns_test
