// Files as people have them: other encodings, line ends and delimiters, archives, JSON of every shape. Each is read as
// it is meant, or refused by name; none is labelled in silence as something else.
#include <sys/resource.h>

#include <gmock/gmock.h>

#include "tests/cli/tiny_model_fixture.h"
#include "tests/support/gzip.h"

namespace fbert::testing::input_files_test {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using namespace std::string_literals;

class InputFiles : public ProgramTest {
 protected:
  InputFiles() : expected_(json_lines("run", {"a b", "c d e", "--format", "jsonl", "--logits"})) {}

  // Both texts, and nothing else.
  void expect_two_texts(const std::string& name, const std::string& bytes, std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments = {"--input", write(name, bytes), "--format", "jsonl", "--logits"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    EXPECT_EQ(json_lines("run", arguments), expected_) << name;
  }
  void expect_refused(const std::string& name, const std::string& bytes, const std::string& part) const {
    const std::string path = write(name, bytes);
    expect_failure(fbert("run", {"--input", path}), 1, part);
    EXPECT_THAT(fbert("tokenize", {"--input", path}).errors, HasSubstr(part));
    const Outcome standard_input = fbert("run", {"--input", "-"}, bytes);
    EXPECT_THAT(standard_input.errors, HasSubstr("<stdin>: "));
    EXPECT_THAT(standard_input.errors, HasSubstr(part));
  }

  const std::vector<nlohmann::ordered_json> expected_;
};

std::string utf16(const std::string& ascii, bool big_endian) {
  std::string out = big_endian ? "\xFE\xFF" : "\xFF\xFE";
  for (const char c : ascii) out += big_endian ? std::string{'\0', c} : std::string{c, '\0'};
  return out;
}

TEST_F(InputFiles, OfOtherEncodingsAreDecoded) {
  for (const bool big : {false, true}) {
    expect_two_texts("x.txt", utf16("a b\r\nc d e\r\n", big));
    expect_two_texts("x.csv", utf16("text,label\r\n\"a b\",1\r\nc d e,0\r\n", big));
    expect_two_texts("x.tsv", utf16("text\tlabel\r\na b\t1\r\nc d e\t0\r\n", big));
    expect_two_texts("x.jsonl", utf16("{\"text\": \"a b\"}\n{\"text\": \"c d e\"}\n", big));
    expect_two_texts("y.json", utf16("[{\"text\": \"a b\"}, {\"text\": \"c d e\"}]", big));
  }
}

TEST_F(InputFiles, ThatAreGzippedAreReadByTheNameBelow) {
  expect_two_texts("x.txt.gz", gzipped("a b\n") + gzipped("c d e\n"));
  expect_two_texts("x.csv.gz", gzipped("text,label\n\"a b\",1\nc d e,0\n"));
  expect_two_texts("X.TSV.GZ", gzipped("text\tlabel\na b\t1\nc d e\t0\n"));
  expect_two_texts("x.jsonl.gz", gzipped("{\"text\": \"a b\"}\n{\"text\": \"c d e\"}\n"));
  expect_two_texts("x.csv", gzipped(utf16("text\na b\nc d e\n", false)));
  const std::string cut = gzipped("a b\nc d e\n");
  expect_refused("cut.txt.gz", cut.substr(0, cut.size() - 3), "the gzip data ends before its end: the file is cut");
}

TEST_F(InputFiles, ThatAreNoTextAreRefusedByName) {
  expect_refused("x.csv", "PK\x03\x04\x14\0\0\0 xl/workbook.xml"s,
                 "an Excel workbook (xlsx), not text; save the sheet as CSV");
  expect_refused("x.parquet", "PAR1\0\x01\x02\x03"s, "a Parquet file");
  expect_refused("x.pdf", "%PDF-1.4\n%\xE2\xE3\xCF\xD3\n1 0 obj\n", "a PDF document");
  expect_refused("x.jsonl", "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 267\n",
                 "run git lfs pull");
  expect_refused("x.txt", utf16("Great film\n", false).substr(2), "iconv -f UTF-16LE -t UTF-8");
  expect_refused("x.txt.zst", "\x28\xB5\x2F\xFD\x04\x58", "zstd");
  const std::string squad = write("squad.json", "PK\x03\x04");
  expect_failure(run_fbert({"eval", "--squad", squad, "--predictions", squad}), 1, "a ZIP archive");
  expect_failure(fbert("eval", {"--csv", write("y.csv", "\x89PNG\r\n\x1A\n")}), 1, "a PNG image");
}

TEST_F(InputFiles, WithCrAloneAreSplitThere) {
  expect_two_texts("x.txt", "a b\rc d e\r");
  expect_two_texts("x.csv", "text,label\ra b,1\rc d e,0\r");
  expect_two_texts("x.tsv", "text\tlabel\ra b\t1\rc d e\t0");
  expect_two_texts("x.jsonl", "{\"text\": \"a b\"}\r{\"text\": \"c d e\"}\r");
}

TEST_F(InputFiles, WithOtherDelimitersAreReadByTheirHeaderOrRefused) {
  expect_two_texts("x.csv", "text;label\r\na b;1\r\nc d e;0\r\n");
  expect_two_texts("x.csv", "text\tlabel\na b\t1\nc d e\t0\n");
  expect_two_texts("x.csv", "label|text\n1|a b\n0|c d e\n");
  expect_two_texts("x.csv", "sep=;\r\ntext;label\r\na b;1\r\nc d e;0\r\n");
  expect_two_texts("x.csv", "review;stars\na b;1\nc d e;0\n", {"--text-column", "review"});
  expect_failure(fbert("run", {"--input", write("x.csv", "review;stars\na b;1\nc d e;0\n")}), 1,
                 "each row has a ';', as if the columns were apart by it and not by ','; say with --delimiter which");
  expect_failure(fbert("run", {"--input", write("x.tsv", "text,label\na b,1\nc d e,0\n")}), 1, "--delimiter");
  expect_failure(fbert("eval", {"--csv", write("x.csv", "a b|1\nc|0\n"), "--text-column", "1"}), 1, "--delimiter");
}

TEST_F(InputFiles, SayOnceWhetherTheFirstRowIsAHeader) {
  const std::string path = write("x.csv", "review\na b\nc d e\n");
  const std::string note = "x.csv: the first row is taken as data, not as the names of columns\n";
  for (const char* command : {"run", "tokenize"})
    EXPECT_THAT(fbert(command, {"--input", path}).errors, HasSubstr(note));
  EXPECT_EQ(fbert("run", {"--input", path, "--header"}).errors, "");
  EXPECT_THAT(fbert("eval", {"--csv", write("y.csv", "text,label\na,0\n")}).errors,
              HasSubstr("y.csv: the first row is taken as the names of the columns\n"));
  EXPECT_EQ(fbert("run", {"--input", write("x.txt", "text\n")}).errors, "");
}

TEST_F(InputFiles, OfJsonAreReadInEveryShape) {
  expect_two_texts("x.json", "[{\"text\": \"a b\"}, {\"text\": \"c d e\"}]");
  expect_two_texts("x.json", "[\n  {\n    \"text\": \"a b\"\n  },\n  {\n    \"text\": \"c d e\"\n  }\n]\n");
  expect_two_texts("x.jsonl", "{\n \"text\": \"a b\",\n \"more\": [{\n}]\n}\n\n{\n \"text\": \"c d e\"\n}");
  const std::string array = write("y.jsonl", "[{\"text\": \"a\", \"label\": 0},\n {\"text\": \"b\", \"label\": 1}]");
  EXPECT_THAT(fbert("eval", {"--jsonl", array}).output, HasSubstr("2 rows"));
  const Outcome bad =
      fbert("run", {"--input", write("z.json", "[\n{\"text\": \"a\"},\n{\"text\": 1}]"), "--format", "jsonl"});
  EXPECT_EQ(bad.exit_code, 1);
  EXPECT_THAT(bad.errors, HasSubstr("z.json: line 3: key 'text': expected a string, found number"));
}

TEST_F(InputFiles, OfJsonlMayHoldInvalidUtf8) {
  const std::string path = write("x.jsonl", "{\"text\": \"a \xFF b\"}\n{\"text\": \"c\"}\n");
  const Outcome replaced = fbert("run", {"--input", path, "--format", "jsonl"});
  EXPECT_EQ(replaced.errors, "fbert: 1 of 2 texts held invalid UTF-8, replaced by U+FFFD\n");
  EXPECT_EQ(replaced.output, fbert("run", {"a \xFF b", "c", "--format", "jsonl"}).output);
  expect_failure(fbert("run", {"--input", path, "--format", "jsonl", "--strict-utf8"}), 1, "x.jsonl: line 1: ");
}

TEST_F(InputFiles, OfXnliAreReadAsItsAuthorsWriteThem) {
  TinyModel tiny;
  tiny.labels = {"contradiction", "entailment", "neutral"};
  tiny.write(model());
  const std::string training =
      write("multinli.train.en.tsv", "premise\thypo\tlabel\na .\tb .\tentailment\na .\tc .\tcontradictory\n");
  EXPECT_THAT(fbert("eval", {"--tsv", training, "--task", "xnli"}).output, HasSubstr("2 rows"));
  const std::string dev = write("xnli.dev.tsv",
                                "language\tgold_label\tsentence1_binary_parse\tsentence1\tsentence2\tpromptID\n"
                                "ar\tneutral\t\ta \"b\tc\t1\nen\tcontradiction\t\ta\tb\t2\n");
  EXPECT_THAT(fbert("eval", {"--tsv", dev, "--task", "xnli"}).output, HasSubstr("2 rows"));
}

TEST_F(InputFiles, MayHaveNamesThatAreNotUtf8) {
  const std::string path = write("caf\xE9.csv", "text,label\na b,0\nc d e,1\n");
  EXPECT_EQ(json_lines("run", {"--input", path, "--format", "jsonl", "--logits"}), expected_);
  EXPECT_THAT(fbert("eval", {"--csv", path}).output, HasSubstr("caf\\xe9.csv"));
  EXPECT_EQ(nlohmann::json::parse(fbert("eval", {"--csv", path, "--format", "json"}).output)["rows"], 2);
  expect_failure(fbert("run", {"--input", path + "x"}), 1, "caf\\xe9.csvx: cannot be opened");
}

TEST_F(InputFiles, NameTheRowThatCannotBeTruncated) {
  const std::string path = write("x.csv", "text,text_pair\na,b\na b c d e f,g\n");
  const Outcome outcome = fbert("tokenize", {"--input", path, "--max-length", "6", "--truncation", "only_second"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.errors, HasSubstr("x.csv: line 3: truncation only_second: "));
}

TEST_F(InputFiles, AFileSizeLimitIsAnErrorLikeAFullDisk) {
  std::string lines;
  for (int i = 0; i < 3000; ++i) lines += "a b c\n";
  rlimit old = {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old), 0);
  const std::string path = write("x.txt", lines);
  const std::string output = write("out.txt", "");
  const rlimit small{.rlim_cur = 4096, .rlim_max = old.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const Outcome outcome = launch({.arguments = {"run", "--model", model(), "--input", path}, .output = output});
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &old), 0);
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.errors, StartsWith("fbert: cannot write to standard output: File too large"));
}

}  // namespace
}  // namespace fbert::testing::input_files_test
