#include "data/input.h"

#include <gmock/gmock.h>

#include <fstream>

#include "data/tsv.h"
#include "tests/cli/rows.h"
#include "tests/support/paths.h"

namespace fbert::input_test {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using testing::error_of;
using ::testing::HasSubstr;
using testing::kChunkSizes;
using Records = std::vector<std::vector<std::string>>;
using namespace std::string_literals;

std::vector<std::string> lines_of(const std::string& bytes, size_t chunk_bytes = Input::kChunkBytes) {
  LineReader reader(Input::from_string(bytes, "data.txt", chunk_bytes));
  std::vector<std::string> lines;
  for (std::string_view line; reader.next(line);) {
    lines.emplace_back(line);
    EXPECT_EQ(reader.line(), lines.size());
  }
  return lines;
}

Records tsv_of(const std::string& bytes, size_t chunk_bytes = Input::kChunkBytes, char delimiter = '\t') {
  return testing::read_records(TsvReader(Input::from_string(bytes, "data.tsv", chunk_bytes), delimiter));
}

TEST(Lines, SplitsAtLfAndCrlfAtEveryChunkSize) {
  const std::vector<std::string> expected = {"one", "", "two", "three\rfour", "", "\"five"};
  for (const size_t chunk : kChunkSizes) {
    EXPECT_EQ(lines_of("one\n\r\ntwo\r\nthree\rfour\n\n\"five", chunk), expected) << "chunks of " << chunk;
  }
}

TEST(Lines, KeepsALastLineWithoutLineEndingAndAddsNone) {
  EXPECT_THAT(lines_of("a\nb"), ElementsAre("a", "b"));
  EXPECT_THAT(lines_of("a\nb\n"), ElementsAre("a", "b"));
  EXPECT_THAT(lines_of("a\nb\n\n"), ElementsAre("a", "b", ""));
  EXPECT_THAT(lines_of("a\nb\r"), ElementsAre("a", "b"));
  EXPECT_THAT(lines_of(""), ElementsAre());
}

TEST(Lines, RemovesOneCrOfALineEnding) { EXPECT_THAT(lines_of("a\r\r\nb"), ElementsAre("a\r", "b")); }

TEST(Lines, KeepsNulBytesAndSkipsAByteOrderMark) {
  for (const size_t chunk : kChunkSizes) {
    EXPECT_THAT(lines_of("\xEF\xBB\xBF"
                         "a\0b\n\0"s,
                         chunk),
                ElementsAre("a\0b"s, "\0"s));
    EXPECT_THAT(lines_of("\xEF\xBB\xBF\n\xEF\xBB\xBF", chunk), ElementsAre("", "\xEF\xBB\xBF"));
  }
}

TEST(Lines, ReadsALineOfTenMegabytes) {
  const std::string big(10 << 20, 'x');
  const auto lines = lines_of("a\n" + big + "\nb");
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_TRUE(lines[1] == big);
}

TEST(Lines, GoesOnAfterBeingMoved) {
  LineReader first(Input::from_string("a\nb\n", "data.txt"));
  std::string_view line;
  ASSERT_TRUE(first.next(line));
  LineReader second = std::move(first);
  ASSERT_TRUE(second.next(line));
  EXPECT_EQ(line, "b");
}

TEST(Tsv, TakesQuotesLiterally) {
  for (const size_t chunk : kChunkSizes) {
    EXPECT_EQ(tsv_of("\"a\tb\"\r\n\"\t\"\"\n", chunk), (Records{{"\"a", "b\""}, {"\"", "\"\""}})) << chunk;
  }
}

TEST(Tsv, KeepsEmptyFieldsAndDifferentNumbersOfFields) {
  EXPECT_EQ(tsv_of("\ta\t\n\t\t\nb\nc\td\te\tf"), (Records{{"", "a", ""}, {"", "", ""}, {"b"}, {"c", "d", "e", "f"}}));
}

TEST(Tsv, SkipsBlankLinesOnlyBesideSeveralFields) {
  EXPECT_EQ(tsv_of("a\tb\n\nc\td\r\n\r\n"), (Records{{"a", "b"}, {"c", "d"}}));
  EXPECT_EQ(tsv_of("a\n\nb\n"), (Records{{"a"}, {""}, {"b"}}));
}

TEST(Tsv, TakesAnotherDelimiter) { EXPECT_EQ(tsv_of("a \"b\";c\n", 2, ';'), (Records{{"a \"b\"", "c"}})); }

TEST(Tsv, ReadsAHundredThousandColumns) {
  const Records records = tsv_of(std::string(99'999, '\t') + "x\n");
  ASSERT_EQ(records.size(), 1u);
  ASSERT_EQ(records[0].size(), 100'000u);
  EXPECT_EQ(records[0].back(), "x");
}

TEST(Input, ReadsAFile) {
  const testing::TemporaryFolder folder;
  const std::string path = folder.path() / "a.txt";
  std::ofstream(path) << "one\ntwo\n";
  LineReader lines(Input::open(path));
  std::string_view line;
  ASSERT_TRUE(lines.next(line));
  EXPECT_EQ(line, "one");
  EXPECT_EQ(lines.name(), path);
}

TEST(Input, NamesAFileThatCannotBeRead) {
  const testing::TemporaryFolder folder;
  const std::string missing = folder.path() / "no\nfile.csv";
  EXPECT_THAT(error_of([&] { Input::open(missing); }),
              AllOf(HasSubstr("1: "), HasSubstr("no\\nfile.csv: cannot be opened: No such file or directory")));
  EXPECT_THAT(error_of([&] { Input::open(folder.path()).next_chunk(); }), HasSubstr("cannot be read: Is a directory"));
}

}  // namespace
}  // namespace fbert::input_test
