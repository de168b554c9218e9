#include "data/delimiter.h"

#include <gmock/gmock.h>

#include "data/reader.h"
#include "tests/cli/rows.h"

namespace fbert::delimiter_test {
namespace {

using testing::error_of;
using ::testing::HasSubstr;
using testing::kChunkSizes;

// "text>label" of every row.
std::string rows_of(const std::string& bytes, Format format = Format::kCsv, ReaderOptions options = {}) {
  std::string out;
  for (const Example& row : testing::read_examples(bytes, format, options)) {
    out += row.input.text + ">" + row.label + "\n";
  }
  return out;
}

std::string error_in(const std::string& bytes, Format format = Format::kCsv, const ReaderOptions& options = {}) {
  return error_of([&] { rows_of(bytes, format, options); });
}

const ReaderOptions kLabelled{.columns = {.label_required = true}};

TEST(Delimiter, IsWhatTheHeaderOfACsvFileShows) {
  for (const std::string delimiter : {",", ";", "|", "\t"}) {
    const std::string d = delimiter;
    const std::string file = "text" + d + "label\r\nGreat film" + d + "pos\r\n\"Dull" + d + " mess\"" + d + "neg\r\n";
    for (const size_t chunk : kChunkSizes) {
      ReaderOptions options = kLabelled;
      options.chunk_bytes = chunk;
      EXPECT_EQ(rows_of(file, Format::kCsv, options), "Great film>pos\nDull" + d + " mess>neg\n") << delimiter;
    }
    EXPECT_EQ(rows_of("Sentence" + d + "id\nA, b" + (d == "," ? "" : d + "1") + "\n", Format::kCsv).substr(0, 1), "A");
  }
}

TEST(Delimiter, IsThatOfTheColumnsThatAreAskedFor) {
  const ReaderOptions named{.columns = {.text = "review", .label = "stars"}};
  EXPECT_EQ(rows_of("review;stars\nGreat, really;5\n", Format::kCsv, named), "Great, really>5\n");
  const ReaderOptions numbered{.columns = {.text = "1", .label = "2"}};
  EXPECT_EQ(rows_of("text|label\nGreat|5\n", Format::kCsv, numbered), "Great>5\n");
}

TEST(Delimiter, OfOneColumnIsTheUsualOne) {
  EXPECT_EQ(rows_of("text\nGood; fine\nBad; awful\n"), "Good; fine>\nBad; awful>\n");
  EXPECT_EQ(rows_of("review\nGreat film\nDull mess\n"), "review>\nGreat film>\nDull mess>\n");
  EXPECT_EQ(rows_of("Great; film\nDull\n"), "Great; film>\nDull>\n");
  EXPECT_EQ(rows_of("1,good film,a|b\n2,bad,c|d\n", Format::kCsv, {.columns = {.text = "2"}}), "good film>\nbad>\n");
}

TEST(Delimiter, IsAskedForWhereEveryRowHasAnother) {
  EXPECT_EQ(
      error_in("review;stars\nGreat film;5\nDull mess;1\n"),
      "1: data: each row has a ';', as if the columns were apart by it and not by ','; say with delimiter which of "
      "them is between the columns");
  EXPECT_THAT(error_in("a|b|c\nd|e|f\n"), HasSubstr("each row has a '|'"));
  EXPECT_THAT(error_in(";\n;\n;\n"), HasSubstr("each row has a ';'"));
  EXPECT_THAT(error_in("7\tGreat film\n8\tDull; mess\n", Format::kCsv, {.columns = {.text = "1"}}),
              HasSubstr("each row has a tab"));
  EXPECT_THAT(error_in("Good; fine;5\nBad;1\n", Format::kCsv, {.columns = {.header = Header::kAbsent}}), "");
  EXPECT_THAT(error_in("Great film;5\nDull; mess;1\n", Format::kCsv, {.columns = {.header = Header::kAbsent}}),
              HasSubstr("each row has a ';'"));
  EXPECT_EQ(rows_of("Good; fine\nBad; awful\n", Format::kCsv, {.delimiter = ','}), "Good; fine>\nBad; awful>\n");
}

TEST(Delimiter, IsAskedForWhereTheRowsAreATableByTwo) {
  const auto refused = HasSubstr("each row has a ';', as if");
  EXPECT_THAT(error_in("review, long;stars\na good, fine film;1\na bad, poor film;0\n"), refused);
  EXPECT_THAT(error_in("id;review;stars\n1;good, ok;5\n2;bad, no;1\n", Format::kCsv, {.columns = {.text = "2"}}),
              refused);
  EXPECT_THAT(error_in("review;stars\ngood;5\nnot good, not bad;3\n"), refused);
  EXPECT_EQ(rows_of("7,a; b\n8,c\n", Format::kCsv, {.columns = {.text = "2"}}), "a; b>\nc>\n");
}

TEST(Delimiter, OfATsvFileIsNeverGuessed) {
  EXPECT_EQ(error_in("text,label\nGreat film,1\n", Format::kTsv),
            "1: data: the first row is a header by ',', not by tab; say with delimiter which of them is between the "
            "columns");
  EXPECT_THAT(error_in("Great film;5\nDull mess;1\n", Format::kTsv),
              HasSubstr("each row has a ';', as if the columns were apart by it and not by tab"));
  EXPECT_EQ(rows_of("text,label\nGreat film,1\n", Format::kTsv, {.delimiter = ','}), "Great film>\n");
}

TEST(Delimiter, IsAskedForWhereTwoOfThemMakeAHeader) {
  EXPECT_EQ(
      error_in("text,id;text\na,b;c\n"),
      "1: data: the first row is a header both by ',' and by ';'; say with delimiter which of them is between the "
      "columns");
}

TEST(Delimiter, OfExcelsFirstLineCounts) {
  for (const std::string first : {"sep=;\r\n", "SEP=;\n", "\"sep=;\"\n"}) {
    EXPECT_EQ(
        rows_of(first + "review;stars\nGreat, film;5\n", Format::kCsv, {.columns = {.text = "review", .label = "2"}}),
        "Great, film>5\n");
  }
  EXPECT_EQ(testing::read_examples("sep=;\ntext;label\na;1\n", Format::kCsv)[0].line, 3U);
  EXPECT_EQ(testing::read_examples("sep=\t\ntext\tlabel\na\t1\n", Format::kTsv)[0].line, 3U);
  EXPECT_EQ(rows_of("sep=;;\n"), "sep=;;>\n");
}

TEST(Delimiter, NoteSaysWhetherTheFirstRowWasTakenAsAHeader) {
  const auto note = [](const std::string& bytes, Format format, const ReaderOptions& options = {}) {
    return Reader::from_input(Input::from_string(bytes, "data"), format, options).note();
  };
  EXPECT_EQ(note("text;label\na;1\n", Format::kCsv), "data: the first row is taken as the names of the columns");
  EXPECT_EQ(note("review\nGreat\n", Format::kCsv), "data: the first row is taken as data, not as the names of columns");
  EXPECT_EQ(note("text\n", Format::kTsv, {.columns = {.header = Header::kPresent}}), "");
  EXPECT_EQ(note("text\n", Format::kLines), "");
  EXPECT_EQ(note("text\tlabel\na\t1\n", Format::kLines),
            "data: every line is taken as a text, also the first, which looks like the header of a table");
}

}  // namespace
}  // namespace fbert::delimiter_test
