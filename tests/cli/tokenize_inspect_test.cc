#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cli/tiny_model_fixture.h"

namespace fbert::testing::tokenize_inspect_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using Tokenize = ProgramTest;
using Inspect = ProgramTest;

TEST_F(Tokenize, JsonlHasTheDocumentedFields) {
  const auto lines = json_lines("tokenize", {"\xc3\xa9 ab", "--format", "jsonl"});
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].dump(), R"({"ids":[2,9,5,32,3],"type_ids":[0,0,0,0,0],"tokens":["[CLS]","e","a","##b","[SEP]"],)"
                             R"("offsets":[[0,0],[0,1],[2,3],[3,4],[0,0]],"truncated":false})");
}

TEST_F(Tokenize, PairsTruncationAndSpecialTokens) {
  const auto one = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--format", "jsonl"});
    return json_lines("tokenize", arguments).at(0);
  };
  EXPECT_THAT(one({"a b", "--pair", "c"})["type_ids"], ElementsAre(0, 0, 0, 0, 1, 1));
  EXPECT_THAT(one({"a b", "--no-special-tokens"})["ids"], ElementsAre(5, 6));
  const auto cut = one({"a b c", "--pair", "d", "--max-length", "6"});
  EXPECT_EQ(cut["truncated"], true);
  EXPECT_THAT(cut["ids"], ElementsAre(2, 5, 6, 3, 8, 3));
  EXPECT_THAT(one({"a", "--pair", "b c d", "--max-length", "5", "--truncation", "only_second"})["ids"],
              ElementsAre(2, 5, 3, 6, 3));
  EXPECT_THAT(one({"a b c", "--pair", "d", "--max-length", "5", "--truncation", "only_first"})["ids"],
              ElementsAre(2, 5, 3, 8, 3));
}

TEST_F(Tokenize, ReadsFilesLineByLineAndByColumn) {
  const auto lines = json_lines("tokenize", {"--input", "-", "--format", "jsonl"}, "a\n\nb\n");
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_THAT(lines[1]["ids"], ElementsAre(2, 3));
  const auto pairs = json_lines("tokenize", {"--input", write("x.csv", "p,q\na,b\n"), "--text-column", "p",
                                             "--pair-column", "q", "--format", "jsonl"});
  EXPECT_THAT(pairs.at(0)["type_ids"], ElementsAre(0, 0, 0, 1, 1));
}

TEST_F(Tokenize, NeedsNoWeights) {
  std::filesystem::remove(model() + "/model.safetensors");
  EXPECT_EQ(fbert("tokenize", {"a"}).exit_code, 0);
}

TEST_F(Tokenize, TableShowsOneTokenPerLine) {
  EXPECT_EQ(fbert("tokenize", {"ab"}).output,
            "     id  type      offsets  token\n"
            "      2     0          0-0  [CLS]\n"
            "      5     0          0-1  a\n"
            "     32     0          1-2  ##b\n"
            "      3     0          0-0  [SEP]\n"
            "\n");
}

TEST_F(Tokenize, BadRowsNameTheirLineAndKeepWhatCameBefore) {
  const Outcome outcome = fbert("tokenize", {"--input", "-", "--strict-utf8", "--format", "jsonl"}, "a\n\xff\n");
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.errors, HasSubstr("<stdin>: line 2: "));
  EXPECT_EQ(std::count(outcome.output.begin(), outcome.output.end(), '\n'), 1);
}

TEST_F(Tokenize, InvalidUtf8IsCountedOrNamesItsInput) {
  const Outcome replaced = fbert("tokenize", {"a", "b \xff"});
  EXPECT_EQ(replaced.exit_code, 0);
  EXPECT_EQ(replaced.errors, "fbert: 1 of 2 texts held invalid UTF-8, replaced by U+FFFD\n");
  expect_failure(fbert("tokenize", {"a", "b \xff", "--strict-utf8"}), 1, "input 2: ");
}

TEST_F(Inspect, JsonHasTheDocumentedFields) {
  const Outcome outcome = fbert("inspect", {"--format", "json", "--threads", "3", "--isa", "ref"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  const auto report = nlohmann::ordered_json::parse(outcome.output);
  EXPECT_THAT(keys_of(report), ElementsAre("model", "family", "architecture", "task", "problem_type", "labels", "sizes",
                                           "activation", "parameters", "dtype", "variant", "embeddings", "file_bytes",
                                           "memory", "tokenizer", "cpu", "isa", "blas", "threads"));
  EXPECT_EQ(report["architecture"], "BertForSequenceClassification");
  EXPECT_THAT(report["labels"], ElementsAre("no", "yes", "maybe"));
  EXPECT_EQ(report["sizes"]["positions"], 48);
  EXPECT_EQ(report["dtype"], "F32");
  EXPECT_EQ(report["tokenizer"]["casing"], "uncased");
  EXPECT_EQ(report["tokenizer"]["max_length"], 48);
  EXPECT_EQ(report["isa"]["name"], "ref");
  EXPECT_EQ(report["threads"]["count"], 3);

  uint64_t parameters = 0;
  for (const auto& [name, tensor] : TinyModel().tensors()) parameters += tensor.values.size();
  EXPECT_EQ(report["parameters"], parameters);
  EXPECT_EQ(report["file_bytes"], std::filesystem::file_size(model() + "/model.safetensors"));
}

TEST_F(Inspect, ShowsHeadlessModelsAndFoldersWithoutTokenizer) {
  TinyModel tiny;
  tiny.headless = true;
  tiny.write(model());
  std::filesystem::remove(model() + "/vocab.txt");
  const Outcome outcome = fbert("inspect", {});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_THAT(outcome.output, HasSubstr("BertModel"));
  EXPECT_THAT(outcome.output, HasSubstr("none: "));
}

TEST_F(Inspect, BrokenModelsAreNamed) {
  write("model/model.safetensors", "not a model");
  expect_failure(fbert("inspect", {}), 1, "model.safetensors");
  expect_failure(fbert("run", {"a"}), 1, "model.safetensors");
  write("model/config.json", R"({"model_type": "gpt2", "architectures": ["GPT2LMHeadModel"]})");
  expect_failure(fbert("inspect", {}), 3, "gpt2");
}

}  // namespace
}  // namespace fbert::testing::tokenize_inspect_test
