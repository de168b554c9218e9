#include "data/csv.h"

#include <gmock/gmock.h>

#include "tests/cli/rows.h"

namespace fbert::csv_test {
namespace {

using ::testing::ElementsAre;
using testing::error_of;
using ::testing::HasSubstr;
using testing::kChunkSizes;
using Records = std::vector<std::vector<std::string>>;
using namespace std::string_literals;

CsvReader reader(std::string bytes, size_t chunk_bytes = Input::kChunkBytes, char delimiter = ',') {
  return CsvReader(Input::from_string(std::move(bytes), "data.csv", chunk_bytes), delimiter);
}

Records read(std::string bytes, size_t chunk_bytes = Input::kChunkBytes) {
  return testing::read_records(reader(std::move(bytes), chunk_bytes));
}

std::string error_in(const std::string& bytes) {
  const std::string message = error_of([&] { read(bytes); });
  for (const size_t chunk : kChunkSizes) {
    EXPECT_EQ(error_of([&] { read(bytes, chunk); }), message) << "chunks of " << chunk;
  }
  return message;
}

TEST(Csv, ReadsTheRulesOfRfc4180AtEveryChunkSize) {
  const std::string bytes =
      "a,b,c\r\n"
      "\"q\",\"say \"\"hi\"\"\",\"x,y\"\r\n"
      "\"two\r\nlines\",,\r\n"
      "\xC3\xA9t\xC3\xA9,\"\",\"\"\"\"\r\n"
      " s , t ,last";
  const Records expected = {{"a", "b", "c"},
                            {"q", "say \"hi\"", "x,y"},
                            {"two\r\nlines", "", ""},
                            {"\xC3\xA9t\xC3\xA9", "", "\""},
                            {" s ", " t ", "last"}};
  for (const size_t chunk : kChunkSizes) EXPECT_EQ(read(bytes, chunk), expected) << "chunks of " << chunk;
}

TEST(Csv, EndsRecordsAtCrlfAndLfMixed) {
  for (const size_t chunk : kChunkSizes) {
    EXPECT_EQ(read("a,b\nc,d\r\ne,f\n", chunk), (Records{{"a", "b"}, {"c", "d"}, {"e", "f"}})) << chunk;
  }
}

TEST(Csv, MakesNoRecordOfAFinalLineEnding) {
  const Records expected = {{"a", "b"}, {"c", "d"}};
  for (const char* end : {"", "\n", "\r\n", "\r"}) {
    for (const size_t chunk : kChunkSizes) EXPECT_EQ(read("a,b\r\nc,d"s + end, chunk), expected) << chunk;
  }
}

TEST(Csv, KeepsALoneCrInAFieldAsText) {
  const Records expected = {{"a\rb", "\rc"}, {"d\r", "e"}};
  for (const size_t chunk : kChunkSizes) EXPECT_EQ(read("a\rb,\rc\nd\r,e\r\n", chunk), expected) << chunk;
}

TEST(Csv, KeepsNulBytes) { EXPECT_EQ(read("a\0b,\"\0\"\n"s), (Records{{"a\0b"s, "\0"s}})); }

TEST(Csv, SkipsAByteOrderMarkAtTheStartOnly) {
  for (const size_t chunk : kChunkSizes) {
    EXPECT_EQ(read("\xEF\xBB\xBF\"a\",b\n\xEF\xBB\xBF"
                   "c,d",
                   chunk),
              (Records{{"a", "b"},
                       {"\xEF\xBB\xBF"
                        "c",
                        "d"}}));
    EXPECT_EQ(read("\xEF\xBB"
                   "a",
                   chunk),
              (Records{{"\xEF\xBB"
                        "a"}}));
    EXPECT_EQ(read("\xEF\xBB\xBF", chunk), Records{});
  }
}

TEST(Csv, ReadsAnEmptyFileAsNoRecords) { EXPECT_EQ(read(""), Records{}); }

TEST(Csv, SkipsBlankLinesBetweenRecordsOfSeveralFields) {
  EXPECT_EQ(read("a,b\n\nc,d\r\n\r\n\n"), (Records{{"a", "b"}, {"c", "d"}}));
}

TEST(Csv, ReadsABlankLineAsAnEmptyFieldWhereThereIsOneColumn) {
  EXPECT_EQ(read("text\n\nb\n\"\"\n"), (Records{{"text"}, {""}, {"b"}, {""}}));
}

TEST(Csv, TakesAnotherDelimiter) {
  EXPECT_EQ(testing::read_records(reader("a,b;\"c;d\"\n", 3, ';')), (Records{{"a,b", "c;d"}}));
}

TEST(Csv, NumbersRecordsByThePhysicalLineTheyBeginOn) {
  CsvReader csv = reader("a,b\n\"1\n2\n\n\",x\n\ny,z\n");
  std::vector<uint64_t> lines;
  for (Record record; csv.next(record);) lines.push_back(record.line);
  EXPECT_THAT(lines, ElementsAre(1, 2, 7));
}

TEST(Csv, RejectsAQuoteInsideAnUnquotedField) {
  EXPECT_EQ(error_in("a,b\nc,\xC3\xA9\xC3\xA9\"d\n"),
            "1: data.csv: line 2, column 5: a quote inside a field that does not begin with one");
  EXPECT_THAT(error_in("a, \"b\"\n"), HasSubstr("line 1, column 4:"));
  EXPECT_THAT(error_in("a\r\"b\n"), HasSubstr("line 1, column 3:"));
}

TEST(Csv, RejectsTextAfterAClosingQuote) {
  const std::string problem = "text after the closing quote of a field";
  EXPECT_EQ(error_in("a,b\n\"x\ny\"z,c\n"), "1: data.csv: line 3, column 3: " + problem);
  EXPECT_EQ(error_in("\"a\" ,b\n"), "1: data.csv: line 1, column 4: " + problem);
  EXPECT_EQ(error_in("\"a\"\rb,c\n"), "1: data.csv: line 1, column 4: " + problem);
}

TEST(Csv, RejectsAQuoteThatIsNeverClosed) {
  const std::string problem = "a quote that is never closed";
  EXPECT_EQ(error_in("a,b\nc,d\n\"e\nf\",\"g\n\n\nh,i\n"), "1: data.csv: line 4, column 4: " + problem);
  EXPECT_EQ(error_in("\""), "1: data.csv: line 1, column 1: " + problem);
  EXPECT_EQ(error_in("\"a\"\""), "1: data.csv: line 1, column 1: " + problem);
}

TEST(Csv, RejectsAnotherNumberOfColumnsThanTheFirstRow) {
  EXPECT_EQ(error_in("a,b\n\"x\ny\",1\nc\n"),
            "1: data.csv: line 4, column 2: expected 2 columns as in the first row, found 1");
  EXPECT_EQ(error_in("a\nb,c\n"), "1: data.csv: line 2, column 3: expected 1 column as in the first row, found 2");
  EXPECT_EQ(error_in("a,b\n\"\xC3\xA9\nz\"\r\n"),
            "1: data.csv: line 3, column 3: expected 2 columns as in the first row, found 1");
  EXPECT_EQ(error_in("a,b\nc,d,\n"), "1: data.csv: line 2, column 5: expected 2 columns as in the first row, found 3");
}

TEST(Csv, ReadsAFieldOfTenMegabytes) {
  std::string big(10 << 20, 'x');
  for (size_t i = 0; i < big.size(); i += 100) big[i] = '\n';
  const Records records = read("a,\"" + big + "\"\nb,c\n");
  ASSERT_EQ(records.size(), 2u);
  EXPECT_TRUE(records[0][1] == big);
  EXPECT_EQ(records[1], (std::vector<std::string>{"b", "c"}));
}

TEST(Csv, ReadsAHundredThousandColumns) {
  std::string row;
  for (int i = 0; i < 99'999; ++i) row += std::to_string(i % 10) + ",";
  const Records records = read(row + "\n" + row + "x\n");
  ASSERT_EQ(records.size(), 2u);
  ASSERT_EQ(records[0].size(), 100'000u);
  EXPECT_EQ(records[0].back(), "");
  EXPECT_EQ(records[1][12'345], "5");
  EXPECT_EQ(records[1].back(), "x");
}

TEST(Csv, GoesOnAfterBeingMoved) {
  CsvReader first = reader("a,b\nc,d\n");
  Record record;
  ASSERT_TRUE(first.next(record));
  CsvReader second = std::move(first);
  ASSERT_TRUE(second.next(record));
  EXPECT_THAT(record.fields, ElementsAre("c", "d"));
}

}  // namespace
}  // namespace fbert::csv_test
