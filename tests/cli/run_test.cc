#include <cmath>
#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cli/tiny_model_fixture.h"
#include "tests/cli/tokenizer_json.h"
#include "tests/support/arrays.h"
#include "tests/support/tolerance.h"

namespace fbert::testing::run_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class Run : public ProgramTest {};

// One key of all rows, the numbers of a list one after another.
std::vector<double> column(const std::vector<nlohmann::ordered_json>& rows, const char* key) {
  std::vector<double> values;
  for (const auto& row : rows) {
    if (row[key].is_array()) {
      for (const auto& value : row[key]) values.push_back(value.get<double>());
    } else {
      values.push_back(row[key].get<double>());
    }
  }
  return values;
}

TEST_F(Run, JsonlHasTheDocumentedFieldsInOrder) {
  const auto lines = json_lines("run", {"a b", "--format", "jsonl"});
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_THAT(keys_of(lines[0]), ElementsAre("label", "score", "tokens", "truncated"));
  EXPECT_TRUE(lines[0]["label"].is_string());
  EXPECT_EQ(lines[0]["tokens"], 4);
  EXPECT_EQ(lines[0]["truncated"], false);

  const auto full = json_lines("run", {"a b", "--format", "jsonl", "--all-scores", "--logits"});
  EXPECT_THAT(keys_of(full[0]), ElementsAre("label", "score", "tokens", "truncated", "scores", "logits"));
  EXPECT_THAT(keys_of(full[0]["scores"]), ElementsAre("no", "yes", "maybe"));
  EXPECT_EQ(full[0]["scores"][full[0]["label"].get<std::string>()], full[0]["score"]);
  EXPECT_EQ(full[0]["logits"].size(), 3U);
}

TEST_F(Run, ScoresAreTheSoftmaxOfTheLogits) {
  const auto line = json_lines("run", {"a b c", "--format", "jsonl", "--all-scores", "--logits"})[0];
  double sum = 0;
  for (const auto& logit : line["logits"]) sum += std::exp(logit.get<double>());
  size_t id = 0;
  for (const auto& score : line["scores"]) {
    EXPECT_NEAR(score.get<double>(), std::exp(line["logits"][id].get<double>()) / sum, 1e-6);
    ++id;
  }
}

TEST_F(Run, LogitsHaveNineSignificantDigits) {
  const Outcome outcome = fbert("run", {"a b c", "--format", "jsonl", "--logits"});
  const size_t begin = outcome.output.find("\"logits\": [") + 11;
  const std::string first = outcome.output.substr(begin, outcome.output.find(',', begin) - begin);
  std::string printed(32, '\0');
  printed.resize(static_cast<size_t>(
      std::snprintf(printed.data(), printed.size(), "%.9g", static_cast<double>(std::strtof(first.c_str(), nullptr)))));
  EXPECT_EQ(printed, first);
}

TEST_F(Run, CsvHasAHeaderAndTheSameColumns) {
  const Outcome outcome = fbert("run", {"a b", "c", "--format", "csv", "--all-scores", "--logits"});
  EXPECT_THAT(outcome.output, StartsWith("label,score,tokens,truncated,score_no,score_yes,score_maybe,logit_no,"
                                         "logit_yes,logit_maybe\n"));
  EXPECT_EQ(std::count(outcome.output.begin(), outcome.output.end(), '\n'), 3);
  EXPECT_THAT(outcome.output, HasSubstr(",4,false,"));
}

TEST_F(Run, TableIsAlignedAndSafeForATerminal) {
  const Outcome outcome = fbert("run", {"a\x1b[2J\nb", "c"});
  EXPECT_THAT(outcome.output, StartsWith("label  score     text\n"));
  EXPECT_EQ(outcome.output.find('\x1b'), std::string::npos);
  EXPECT_EQ(std::count(outcome.output.begin(), outcome.output.end(), '\n'), 3);
}

TEST_F(Run, LabelsWithControlCharactersAreEscaped) {
  TinyModel tiny;
  tiny.labels = {"a\nb\x01", "\"c\"", "d\te"};
  tiny.write(model());
  const auto line = json_lines("run", {"a", "--format", "jsonl", "--all-scores"})[0];
  EXPECT_THAT(keys_of(line["scores"]), ElementsAre("a\nb\x01", "\"c\"", "d\te"));
  EXPECT_EQ(fbert("run", {"a", "--all-scores"}).output.find('\x01'), std::string::npos);
}

TEST_F(Run, ArgumentsAreTakenLiterally) {
  const auto tokens = [&](const std::string& text) {
    const auto lines = json_lines("run", {"--format", "jsonl", "--", text});
    EXPECT_EQ(lines.size(), 1U) << text;
    return lines.at(0)["tokens"].get<int>();
  };
  EXPECT_EQ(tokens(""), 2);
  EXPECT_EQ(tokens("[a, b]"), 7);
  EXPECT_EQ(tokens("{}"), 4);
  EXPECT_EQ(tokens("--help"), 8);
  EXPECT_EQ(tokens("[a]"), 5);
  EXPECT_EQ(json_lines("run", {"eval", "run", "--format", "jsonl"}).size(), 2U);
}

TEST_F(Run, PairsFromArgumentsAndFilesAgree) {
  const auto arguments = json_lines("run", {"a b", "--pair", "c", "--format", "jsonl", "--logits"});
  EXPECT_EQ(arguments[0]["tokens"], 6);
  const std::string csv = write("pairs.csv", "one,two\na b,c\n");
  EXPECT_EQ(json_lines("run",
                       {"--input", csv, "--text-column", "one", "--pair-column", "2", "--format", "jsonl", "--logits"}),
            arguments);
  const std::string jsonl = write("pairs.jsonl", "{\"text\": \"a b\", \"text_pair\": \"c\"}\n");
  EXPECT_EQ(json_lines("run", {"--input", jsonl, "--format", "jsonl", "--logits"}), arguments);
}

TEST_F(Run, EveryInputFormatGivesTheSameRows) {
  const auto expected = json_lines("run", {"a b", "c", "--format", "jsonl", "--logits"});
  const std::vector<std::string> files = {write("x.txt", "a b\nc\n"), write("x.csv", "id,text\n1,a b\n2,c\n"),
                                          write("x.tsv", "sentence\tlabel\na b\t1\nc\t0\n"),
                                          write("x.jsonl", "{\"text\": \"a b\"}\n{\"text\": \"c\"}\n")};
  for (const std::string& file : files) {
    EXPECT_EQ(json_lines("run", {"--input", file, "--format", "jsonl", "--logits"}), expected) << file;
  }
  EXPECT_EQ(json_lines("run", {"--input", "-", "--format", "jsonl", "--logits"}, "a b\nc\n"), expected);
  EXPECT_EQ(json_lines("run",
                       {"--input", "-", "--input-format", "csv", "--delimiter", ";", "--text-column", "2",
                        "--no-header", "--format", "jsonl", "--logits"},
                       "1;a b\n2;c\n"),
            expected);
}

TEST_F(Run, ResultsDoNotDependOnGrouping) {
  std::string lines;
  for (int i = 0; i < 300; ++i) {
    for (int word = 0; word <= i * 7 % 41; ++word) lines += static_cast<char>('a' + (i + word) % 26), lines += ' ';
    lines += '\n';
  }
  const auto reference = json_lines(
      "run", {"--input", "-", "--format", "jsonl", "--logits", "--threads", "1", "--batch-size", "1"}, lines);
  ASSERT_EQ(reference.size(), 300U);
  for (const std::vector<std::string>& options : std::vector<std::vector<std::string>>{
           {"--threads", "1"}, {"--threads", "2"}, {"--threads", "7"}, {"--threads", "3", "--batch-size", "5"}}) {
    std::vector<std::string> arguments = {"--input", "-", "--format", "jsonl", "--logits"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    const auto rows = json_lines("run", arguments, lines);
    ASSERT_EQ(rows.size(), reference.size());
    EXPECT_TRUE(arrays_equal(column(rows, "tokens"), column(reference, "tokens")));
    EXPECT_TRUE(arrays_equal(column(rows, "logits"), column(reference, "logits"), grouping_tolerance()));
  }
}

TEST_F(Run, TruncationIsFlaggedAndCounted) {
  const std::string text = "a b c d e f";
  const Outcome outcome = fbert("run", {text, "a", "--format", "csv", "--max-length", "5"});
  EXPECT_THAT(outcome.output, HasSubstr(",5,true\n"));
  EXPECT_THAT(outcome.output, HasSubstr(",3,false\n"));
  EXPECT_EQ(outcome.errors, "fbert: 1 of 2 texts were truncated to 5 tokens\n");
  EXPECT_THAT(fbert("run", {text, "--max-length", "5"}).output, HasSubstr("(truncated to 5 tokens)"));
}

TEST_F(Run, LongTextsAreAnErrorOnRequestAndNameTheirLine) {
  expect_failure(fbert("run", {"a b c d e f", "--max-length", "5", "--long", "error"}), 1,
                 "input 1: the text has 8 tokens, more than the limit of 5");
  const std::string file = write("x.txt", "a\nb\na b c d e f\nc\n");
  const Outcome outcome = fbert("run", {"--input", file, "--max-length", "5", "--long", "error", "--format", "jsonl"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.errors, HasSubstr("x.txt: line 3: the text has 8 tokens"));
  EXPECT_EQ(std::count(outcome.output.begin(), outcome.output.end(), '\n'), 2) << "rows before the bad one are written";
}

TEST_F(Run, MalformedRowsNameLineAndKeepWhatCameBefore) {
  const Outcome outcome =
      fbert("run", {"--input", write("x.jsonl", "{\"text\": \"a\"}\n{\"text\": 1}\n"), "--format", "jsonl"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.errors, HasSubstr("x.jsonl: line 2"));
  EXPECT_EQ(std::count(outcome.output.begin(), outcome.output.end(), '\n'), 1);
}

TEST_F(Run, TextsWithoutTokensNameLineAndKeepWhatCameBefore) {
  write_tokenizer_json(model(), "null");
  const Outcome outcome = fbert("run", {"--input", write("x.txt", "a\n\nb\n"), "--format", "jsonl"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.errors, HasSubstr("x.txt: line 2: the text has no tokens"));
  EXPECT_EQ(std::count(outcome.output.begin(), outcome.output.end(), '\n'), 1);
}

TEST_F(Run, LimitsOfTheModelFolderThatLeaveNoRoomAreBadData) {
  write("model/tokenizer_config.json", R"({"do_lower_case": true, "model_max_length": 2})");
  expect_failure(fbert("run", {"a"}), 1, "tokenizer_config.json: key 'model_max_length'");
  EXPECT_EQ(fbert("run", {"a", "--max-length", "5"}).exit_code, 0);
  TinyModel tiny;
  tiny.positions = 2;
  tiny.write(model());
  expect_failure(fbert("run", {"a"}), 1, "config.json: key 'max_position_embeddings'");
}

TEST_F(Run, InvalidUtf8IsReplacedAndCountedOrRefused) {
  const Outcome replaced = fbert("run", {"--input", "-", "--format", "jsonl"}, "a \xff b\nc\n");
  EXPECT_EQ(replaced.exit_code, 0);
  EXPECT_EQ(replaced.errors, "fbert: 1 of 2 texts held invalid UTF-8, replaced by U+FFFD\n");
  const Outcome refused = fbert("run", {"--input", "-", "--format", "jsonl", "--strict-utf8"}, "a\na \xff b\n");
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.errors, HasSubstr("<stdin>: line 2: "));
}

TEST_F(Run, SpecialTokensInTextCanBePlain) {
  const auto tokens = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"a [SEP] b", "--format", "jsonl"});
    return json_lines("run", more)[0]["tokens"].get<int>();
  };
  EXPECT_EQ(tokens({}), 5);
  EXPECT_GT(tokens({"--plain-special-tokens"}), 5);
}

TEST_F(Run, LengthBeyondTheModelIsAUsageError) {
  expect_failure(fbert("run", {"a", "--max-length", "49"}), 2, "48 positions");
  expect_failure(fbert("run", {"a", "--max-length", "2"}), 2, "--max-length");
}

TEST_F(Run, OptionsThatMeanNothingForPlainLinesAreUsageErrors) {
  const std::string file = write("x.txt", "a\n");
  expect_failure(fbert("run", {"--input", file, "--text-column", "1"}), 2, "--text-column");
  expect_failure(fbert("run", {"--input", file, "--delimiter", ";"}), 2, "--delimiter");
  expect_failure(fbert("run", {"--input", file, "--no-header"}), 2, "--no-header");
  expect_failure(fbert("run", {"--input", write("x.csv", "text\na\n"), "--delimiter", ";;"}), 2, "--delimiter");
}

TEST_F(Run, FailureOnTheFirstRowWritesNothing) {
  expect_failure(fbert("run", {"--input", model()}), 1, "cannot be read");
  expect_failure(fbert("run", {"--input", write("x.jsonl", "3\n")}), 1, "line 1");
  expect_failure(fbert("run", {"--input", "-", "--strict-utf8"}, "\xff\n"), 1, "line 1");
}

TEST_F(Run, MissingInputNamesItsPath) {
  expect_failure(fbert("run", {"--input", file("none.txt").string(), "--format", "jsonl"}), 1, "none.txt");
}

TEST_F(Run, RegressionModelsGiveTheValue) {
  TinyModel tiny;
  tiny.labels = {"similarity"};
  tiny.problem_type = "regression";
  tiny.write(model());
  const auto line = json_lines("run", {"a", "--pair", "b", "--format", "jsonl", "--logits"})[0];
  EXPECT_EQ(line["label"], "similarity");
  EXPECT_EQ(line["score"], line["logits"][0]);
}

TEST_F(Run, RegressionModelsOfSeveralOutputsNameTheGreatest) {
  TinyModel tiny;
  tiny.problem_type = "regression";
  tiny.write(model());
  const auto line = json_lines("run", {"a b", "--format", "jsonl", "--logits", "--all-scores"})[0];
  const auto greatest = std::max_element(line["logits"].begin(), line["logits"].end());
  EXPECT_EQ(line["score"], *greatest);
  EXPECT_EQ(line["scores"][line["label"].get<std::string>()], line["score"]);
}

TEST_F(Run, ScoresThatAreNotFiniteAreCounted) {
  write_model_with_nan_for_b(model());
  const Outcome outcome = fbert("run", {"a", "b", "c", "--format", "jsonl"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.output, HasSubstr("\"score\": null"));
  EXPECT_EQ(outcome.errors, "fbert: 1 of 3 texts gave scores that are not finite\n");
}

TEST_F(Run, HeadlessModelsAreRefusedByName) {
  TinyModel tiny;
  tiny.headless = true;
  tiny.write(model());
  expect_failure(fbert("run", {"a"}), 3, "BertModel has no classification head");
  expect_failure(fbert("eval", {"--csv", write("x.csv", "text,label\na,0\n")}), 3, "BertModel");
}

TEST_F(Run, VocabularyLargerThanTheEmbeddingIsRefused) {
  TinyModel tiny;
  tiny.vocab_size = 70;
  tiny.write(file("large"));
  std::filesystem::copy_file(file("large") / "vocab.txt", model() + "/vocab.txt",
                             std::filesystem::copy_options::overwrite_existing);
  expect_failure(fbert("run", {"a"}), 1, "70 tokens");
}

}  // namespace
}  // namespace fbert::testing::run_test
