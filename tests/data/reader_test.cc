#include "data/reader.h"

#include <gmock/gmock.h>

#include <fstream>

#include "tests/cli/rows.h"
#include "tests/support/paths.h"

namespace fbert::reader_test {
namespace {

using testing::error_of;
using ::testing::HasSubstr;
using testing::kChunkSizes;
using testing::read_examples;
using namespace std::string_literals;

const ReaderOptions kWithLabel{.columns = {.label_required = true}};

// One line per row: number, text, pair and label apart by '|'.
std::string shown(const std::vector<Example>& examples) {
  std::string out;
  for (const Example& example : examples) {
    out += std::to_string(example.line) + "|" + example.input.text + "|" +
           (example.input.has_pair ? example.input.pair : "-") + "|" + example.label + "\n";
  }
  return out;
}

std::string read(const std::string& bytes, Format format, const ReaderOptions& options = {}) {
  return shown(read_examples(bytes, format, options));
}

std::string error_in(const std::string& bytes, Format format, const ReaderOptions& options = {}) {
  return error_of([&] { read(bytes, format, options); });
}

// The rows that are good, and the messages of the others.
std::pair<std::string, std::vector<std::string>> read_around_bad_rows(const std::string& bytes, Format format,
                                                                      const ReaderOptions& options) {
  Reader reader = Reader::from_input(Input::from_string(bytes, "data", options.chunk_bytes), format, options);
  std::vector<Example> rows;
  std::vector<std::string> errors;
  for (Example row;;) {
    try {
      if (!reader.next(row)) return {shown(rows), errors};
      rows.push_back(row);
    } catch (const RowError& error) {
      errors.emplace_back(error.what());
    }
  }
}

TEST(Reader, GivesTheSameRowsAtEveryChunkSize) {
  const std::pair<Format, std::string> files[] = {
      {Format::kLines, "\xEF\xBB\xBFone\r\n\ntwo \"x\"\rthree\n\xC3\xA9"},
      {Format::kCsv, "\xEF\xBB\xBFtext,label\r\n\"a\r\n\"\"b\"\"\",1\n\r\nc d,\"0\"\r\n\xC3\xA9,1"},
      {Format::kTsv, "\xEF\xBB\xBFsentence1\tsentence2\tlabel\r\n\"a\tb\"\t1\n\n\tc\t0\textra\n"},
      {Format::kJsonl,
       "\xEF\xBB\xBF{\"text\": \"a\\nb\", \"label\": "
       "1}\r\n\n{\"label\":\"x\",\"text\":\"\xC3\xA9\",\"text_pair\":\"p\"}"}};
  for (const auto& [format, bytes] : files) {
    ReaderOptions options = kWithLabel;
    const std::string whole = read(bytes, format, options);
    EXPECT_NE(whole, "");
    for (const size_t chunk : kChunkSizes) {
      options.chunk_bytes = chunk;
      EXPECT_EQ(read(bytes, format, options), whole) << to_string(format) << ", chunks of " << chunk;
    }
  }
}

TEST(Reader, ReadsPlainLinesAsTextsBlankOnesToo) {
  EXPECT_EQ(read("text\n\n b \n", Format::kLines), "1|text|-|\n2||-|\n3| b |-|\n");
}

TEST(Reader, ReadsCsvWithAHeader) {
  EXPECT_EQ(read("id,text,label\n7,\"x\ny\",pos\n8,z,neg\n", Format::kCsv, kWithLabel), "2|x\ny|-|pos\n4|z|-|neg\n");
}

TEST(Reader, ReadsCsvWithoutAHeader) {
  const ReaderOptions options{.columns = {.text = "2", .label = "1"}};
  EXPECT_EQ(read("pos,x\nneg,y\n", Format::kCsv, options), "1|x|-|pos\n2|y|-|neg\n");
}

TEST(Reader, ReadsAnotherDelimiter) {
  EXPECT_EQ(read("text;label_name\na, b;joy\n", Format::kCsv, {.delimiter = ';', .columns = {.label_required = true}}),
            "2|a, b|-|joy\n");
  EXPECT_EQ(read("text;label_name\n\"a\" b;joy\n", Format::kTsv, {.delimiter = ';'}), "2|\"a\" b|-|\n");
}

TEST(Reader, NeedsOnlyTheChosenColumnsOfATsvRow) {
  EXPECT_EQ(read("sentence\tlabel\na\t1\nb\t0\tmore\tstill\n", Format::kTsv, kWithLabel), "2|a|-|1\n3|b|-|0\n");
  EXPECT_EQ(error_in("id\tsentence\tlabel\n1\ta\t1\n2\tb\n", Format::kTsv, kWithLabel),
            "1: data: line 3, column 4: expected at least 3 columns, found 2");
}

TEST(Reader, ReadsJsonlTextsPairsAndLabels) {
  const std::string bytes =
      "{\"text\": \"a\", \"label\": 1}\n"
      "  \n"
      "{\"text\": \"b\", \"text_pair\": \"c\", \"label\": 1.5}\n"
      "{\"text\": \"d\", \"text_pair\": null, \"label\": true}\r\n"
      "{\"label\": \"x\\ty\", \"text\": \"\"}";
  EXPECT_EQ(read(bytes, Format::kJsonl, kWithLabel), "1|a|-|1\n3|b|c|1.5\n4|d|-|true\n5||-|x\ty\n");
}

TEST(Reader, ReadsChosenJsonlKeys) {
  const ReaderOptions options{.columns = {.text = "q", .pair = "a", .label = "y"}};
  EXPECT_EQ(read("{\"q\": \"1\", \"a\": \"2\", \"y\": 0, \"text\": 5}\n", Format::kJsonl, options), "1|1|2|0\n");
}

TEST(Reader, NamesLineAndKeyOfAMalformedJsonlRow) {
  const std::string good = "{\"text\": \"a\", \"label\": 1}\n";
  const auto error = [&](const std::string& line) { return error_in(good + line, Format::kJsonl, kWithLabel); };
  EXPECT_EQ(error("{\"label\": 1}"), "1: data: line 2: key 'text': expected a string, found none");
  EXPECT_EQ(error("{\"text\": 5, \"label\": 1}"), "1: data: line 2: key 'text': expected a string, found number");
  EXPECT_EQ(error("{\"text\": \"a\", \"text_pair\": [], \"label\": 1}"),
            "1: data: line 2: key 'text_pair': expected a string, found array");
  EXPECT_EQ(error("{\"text\": \"a\"}"),
            "1: data: line 2: key 'label': expected a string, a number or a truth value, found none");
  EXPECT_EQ(error("{\"text\": \"a\", \"label\": {}}"),
            "1: data: line 2: key 'label': expected a string, a number or a truth value, found object");
  EXPECT_EQ(error("[1]"), "1: data: line 2, column 1: expected a JSON object, found array");
  EXPECT_THAT(error("{\"text\": \"\xC3\xA9\",\"text\": \"b\"}"),
              HasSubstr("1: data: line 2, column 14: duplicate key"));
  EXPECT_THAT(error("{\"text\": \"a\""), HasSubstr("1: data: line 2, column 13: "));
  EXPECT_THAT(error("{\"text\": " + std::string(100'000, '[')), HasSubstr("1: data: line 2, column "));
}

TEST(Reader, NamesWhatStandsInPlaceOfAnObjectInAnArray) {
  EXPECT_THAT(error_in("[{\"text\": \"a\"},]", Format::kJsonl), HasSubstr("column 16: expected an object, found ']'"));
  EXPECT_THAT(error_in("[,{\"text\": \"a\"}]", Format::kJsonl), HasSubstr("column 2: expected an object, found ','"));
}

TEST(Reader, ReadsJsonObjectsOfSeveralLines) {
  const std::string bytes =
      "{\n  \"text\": \"a{\\\"\",\n  \"label\": 1\n}\n{\"text\": \"b\", \"label\":\n\n2}\n{\"text\": \"c\", \"label\": "
      "3}\n";
  for (const size_t chunk : kChunkSizes) {
    ReaderOptions options = kWithLabel;
    options.chunk_bytes = chunk;
    EXPECT_EQ(read(bytes, Format::kJsonl, options), "1|a{\"|-|1\n5|b|-|2\n8|c|-|3\n");
  }
  EXPECT_EQ(error_in("{\n\"text\": \"a\",\n\"label\" 1\n}\n", Format::kJsonl, kWithLabel),
            "1: data: line 3, column 9: expected ':', found '1' (in the object that begins on line 1)");
  EXPECT_EQ(error_in("{\"text\": \"a\",\n\"label\": 1\n", Format::kJsonl, kWithLabel),
            "1: data: line 2, column 11: expected ',' or '}', found the end of the text (in the object that begins on "
            "line 1)");
}

TEST(Reader, KeepsRowsBehindAnObjectThatIsNeverClosed) {
  const std::string good = "{\"text\": \"b\", \"label\": 1}\n";
  for (const std::string bad : {"{\"text\": \"a\"\n", "{\"text\": \"a\",\n", "{\"text\": \"a\n", "{\n"}) {
    EXPECT_EQ(read_around_bad_rows(good + bad + good, Format::kJsonl, kWithLabel).first, "1|b|-|1\n3|b|-|1\n") << bad;
  }
}

TEST(Reader, StreamsJsonArraysUnderTheNamesOfJsonl) {
  const std::string bytes =
      "\n[ {\"text\": \"a,]\\\"\", \"label\": 1} ,\n{\"text\": \"b\",\n\"label\": [{}]},{\"text\": "
      "\"c\",\"label\":3}\n]\n";
  for (const size_t chunk : kChunkSizes) {
    ReaderOptions options = kWithLabel;
    options.chunk_bytes = chunk;
    const auto [rows, errors] = read_around_bad_rows(bytes, Format::kJsonl, options);
    EXPECT_EQ(rows, "2|a,]\"|-|1\n4|c|-|3\n");
    EXPECT_THAT(errors, ::testing::ElementsAre(HasSubstr("line 3: key 'label': expected a string, a number")));
  }
  const auto error = [](const std::string& array) { return error_in(array, Format::kJsonl, kWithLabel); };
  EXPECT_EQ(read("[]", Format::kJsonl), "");
  EXPECT_EQ(error("[1]"), "1: data: line 1, column 2: expected a JSON object, found number");
  EXPECT_THAT(error("[{\"text\": \"a\""), HasSubstr("line 1, column 2: the array ends within the item"));
  EXPECT_THAT(error("[{\"text\": \"a\", \"label\": 1}] x"), HasSubstr("line 1, column 29: expected nothing behind"));
  EXPECT_THAT(error("[{\"text\": \"a\", \"label\": 1},]"), HasSubstr("column 28: expected an object, found"));
  EXPECT_THAT(error("[{\"text\": \"a\n\"}]"), HasSubstr("line 1, column 13: a line break in a string"));
}

TEST(Reader, KeepsInvalidUtf8OfJsonStrings) {
  EXPECT_EQ(read("{\"text\": \"\xFF\\n\xE4\"}\n", Format::kJsonl), "1|\xFF\n\xE4|-|\n");
  EXPECT_EQ(shown(read_examples("[{\"text\": \"\xFF\"}]", Format::kJson)), "1|\xFF|-|\n");
}

TEST(Reader, RequiresThePairOfAKnownPairInEveryJsonlRow) {
  EXPECT_EQ(error_in("{\"premise\": \"a\", \"hypothesis\": \"b\"}\n{\"premise\": \"a\"}\n", Format::kJsonl),
            "1: data: line 2: key 'hypothesis': expected a string, found none");
}

TEST(Reader, ReadsAnEmptyFileAsNoRows) {
  for (const Format format : {Format::kLines, Format::kCsv, Format::kTsv, Format::kJsonl}) {
    EXPECT_EQ(read("", format, kWithLabel), "") << to_string(format);
    EXPECT_EQ(read("\xEF\xBB\xBF", format, kWithLabel), "") << to_string(format);
  }
  EXPECT_EQ(read("text,label\n", Format::kCsv, kWithLabel), "");
}

TEST(Reader, KeepsNulBytes) {
  EXPECT_EQ(read("text,label\na\0b,1\n"s, Format::kCsv), "2|a\0b|-|\n"s);
  EXPECT_EQ(read("a\0b\n"s, Format::kLines), "1|a\0b|-|\n"s);
}

TEST(Reader, SaysWhetherRowsHavePairsAndLabels) {
  const auto open = [](const std::string& bytes, Format format) {
    return Reader::from_input(Input::from_string(bytes, "data"), format, kWithLabel);
  };
  EXPECT_FALSE(open("text\tlabel\n", Format::kTsv).has_pair());
  EXPECT_TRUE(open("text\tlabel\n", Format::kTsv).has_label());
  EXPECT_TRUE(open("premise\thypothesis\tlabel\n", Format::kTsv).has_pair());
  EXPECT_FALSE(open("a\n", Format::kLines).has_label());
  EXPECT_TRUE(open("{\"text\": \"a\", \"label\": 1}", Format::kJsonl).has_label());
}

TEST(Reader, PassesOnWhatACallerFindsWrong) {
  const Reader reader = Reader::from_input(Input::from_string("", "data.csv"), Format::kCsv);
  EXPECT_EQ(error_of([&] { reader.fail(7, "label 'x' is unknown"); }), "1: data.csv: line 7: label 'x' is unknown");
}

TEST(Reader, OpensFilesByTheirExtension) {
  const testing::TemporaryFolder folder;
  const auto read_file = [&](const char* name, const std::string& bytes) {
    const std::string path = folder.path() / name;
    std::ofstream(path, std::ios::binary) << bytes;
    return shown(read_examples(Reader::open(path)));
  };
  EXPECT_EQ(read_file("a.csv", "text,x\n\"q\",1\n"), "2|q|-|\n");
  EXPECT_EQ(read_file("a.TSV", "text\tx\n\"q\"\t1\n"), "2|\"q\"|-|\n");
  EXPECT_EQ(read_file("a.jsonl", "{\"text\": \"q\"}\n"), "1|q|-|\n");
  EXPECT_EQ(read_file("a.txt", "text,x\n"), "1|text,x|-|\n");
}

TEST(Reader, GoesOnAfterABadRow) {
  struct Case {
    Format format;
    std::string bytes;
  };
  const Case cases[] = {
      {Format::kCsv, "text,label\na,1\nb\nc,2,3\nd,3\nx\"y,4\n\"e\"z\",5\nf,\"6\n6\"\n"},
      {Format::kTsv, "text\tlabel\na\t1\nb\nc\nd\t3\ne\nf\ng\nf\t6"},
      {Format::kJsonl,
       "{\"text\":\"a\",\"label\":1}\n{\n[]\n{\"text\":\"d\",\"label\":3}\n{\"text\":5,\"label\":"
       "1}\n{\"text\":\"x\"}\n"},
      {Format::kJson, R"([{"text":"a","label":1},{"text":1,"label":1},2,{"text":"d","label":3},{"text":"x"}])"},
  };
  for (const Case& one : cases) {
    ReaderOptions options = kWithLabel;
    const auto [rows, errors] = read_around_bad_rows(one.bytes, one.format, options);
    EXPECT_THAT(rows, HasSubstr("|a|-|1\n")) << to_string(one.format);
    EXPECT_THAT(rows, HasSubstr("|d|-|3\n")) << to_string(one.format);
    EXPECT_GE(errors.size(), 3u) << to_string(one.format);
    for (const size_t chunk : kChunkSizes) {
      options.chunk_bytes = chunk;
      EXPECT_EQ(read_around_bad_rows(one.bytes, one.format, options).first, rows) << chunk;
    }
  }
  const auto [rows, errors] = read_around_bad_rows(cases[0].bytes, Format::kCsv, kWithLabel);
  EXPECT_EQ(rows, "2|a|-|1\n5|d|-|3\n8|f|-|6\n6\n");
  ASSERT_EQ(errors.size(), 4u);
  EXPECT_THAT(errors[3], HasSubstr("line 7, column 4: text after the closing quote"));
}

TEST(Reader, DoesNotGoOnAfterAQuoteThatIsNeverClosed) {
  EXPECT_EQ(error_of([] { read_around_bad_rows("text,label\na,1\n\"b,2\n", Format::kCsv, kWithLabel); }),
            "1: data: line 3, column 1: a quote that is never closed");
}

TEST(Reader, ReadsJsonArrays) {
  const std::string rows = R"([{"text": "q", "text_pair": "r", "label": true}, {"text": "s", "label": "x"}])";
  EXPECT_EQ(shown(read_examples(rows, Format::kJson, kWithLabel)), "1|q|r|true\n2|s|-|x\n");
  ReaderOptions keyed = kWithLabel;
  keyed.json_key = "b";
  EXPECT_EQ(shown(read_examples(R"({"a": [], "b": )" + rows + "}", Format::kJson, keyed)), "1|q|r|true\n2|s|-|x\n");
  EXPECT_EQ(shown(read_examples("[]", Format::kJson, kWithLabel)), "");
  const auto error = [&](const std::string& bytes) {
    return error_of([&] { read_examples(bytes, Format::kJson, keyed); });
  };
  EXPECT_EQ(error("3"), "1: data: expected an array of objects, found number");
  EXPECT_EQ(error(R"({"a": [], "c": 1})"), "1: data: no array of rows 'b'; there is 'a'");
  EXPECT_EQ(error(R"([{"text": "q", "label": 1}, {"text": "q"}])"),
            "1: data: entry 2: key 'label': expected a string, a number or a truth value, found none");
}

TEST(Reader, SaysHowMuchWasRead) {
  const std::string bytes = "text\n" + std::string(1000, 'a') + "\nb\n";
  for (const Format format : {Format::kLines, Format::kCsv, Format::kTsv}) {
    Reader reader = Reader::from_input(Input::from_string(bytes, "data", 100), format);
    Example row;
    ASSERT_TRUE(reader.next(row));
    EXPECT_GT(reader.fraction().value(), 0);
    EXPECT_LE(reader.fraction().value(), 1);
    while (reader.next(row)) continue;
    EXPECT_EQ(reader.fraction(), 1) << to_string(format);
  }
  Reader array = Reader::from_input(Input::from_string(R"([{"text": "a"}, {"text": "b"}])", "data"), Format::kJson);
  EXPECT_EQ(array.fraction(), 0.5);
}

TEST(Format, FollowsTheExtension) {
  EXPECT_EQ(format_of_path("a/b.csv"), Format::kCsv);
  EXPECT_EQ(format_of_path("b.x.Tsv"), Format::kTsv);
  EXPECT_EQ(format_of_path("a.csv.gz"), Format::kCsv);
  EXPECT_EQ(format_of_path("a.JSONL.GZ"), Format::kJsonl);
  for (const char* path : {"a.jsonl", "a.ndjson", "a.json"}) EXPECT_EQ(format_of_path(path), Format::kJsonl);
  for (const char* path : {"-", "a.txt", "a", "dir.csv/a", "a.gz", ".gz", ""})
    EXPECT_EQ(format_of_path(path), Format::kLines);
}

TEST(Format, IsNamed) {
  for (const Format format : {Format::kLines, Format::kCsv, Format::kTsv, Format::kJsonl}) {
    EXPECT_EQ(parse_format(to_string(format)), format);
  }
  EXPECT_EQ(error_of([] { parse_format("xml"); }), "2: unknown format 'xml'; known: lines, csv, tsv, jsonl");
}

}  // namespace
}  // namespace fbert::reader_test
