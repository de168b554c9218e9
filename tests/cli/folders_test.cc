// Model folders that are not as transformers writes them today: what is run, and what is said about it.
#include <fstream>
#include <sstream>

#include "tests/cli/tiny_model_fixture.h"

namespace fbert::testing::folders_test {
namespace {

class FoldersTest : public ProgramTest {
 protected:
  // Writes the tiny model with `changes` in its config.json.
  void change(const nlohmann::json& changes, const TinyModel& tiny = {}) const {
    tiny.write(model());
    nlohmann::json config = nlohmann::json::parse(tiny.config_json());
    config.merge_patch(changes);
    write_text(file("model") / "config.json", config.dump());
  }
  double score(const std::string& text = "b word60") const {
    return json_lines("run", {"--format", "jsonl", text}).at(0)["score"].get<double>();
  }
};

size_t notes_in(const std::string& errors) {
  size_t count = 0;
  for (size_t at = 0; (at = errors.find("fbert: note: ", at)) != std::string::npos; ++at) ++count;
  return count;
}

TEST_F(FoldersTest, ANoteIsSaidOnceWhateverTheCommand) {
  change({{"architectures", {"BertForMaskedLM"}}});
  const std::string rows = write("rows.csv", "text,label\nb,no\nc,yes\n");
  const std::vector<std::vector<std::string>> commands = {{"run", "b"},
                                                          {"inspect"},
                                                          {"eval", "--csv", rows, "--variant", "fp32,int8"},
                                                          {"compare", "--csv", rows, "fp32", "int8"},
                                                          {"quantize", "--output", file("out").string()}};
  for (const std::vector<std::string>& command : commands) {
    const Outcome outcome = fbert(command[0], {command.begin() + 1, command.end()});
    EXPECT_EQ(outcome.exit_code, 0) << command[0] << outcome.errors;
    EXPECT_EQ(notes_in(outcome.errors), 1U) << command[0] << outcome.errors;
  }
  change(nlohmann::json::object());
  EXPECT_EQ(fbert("run", {"b"}).errors, "");
}

TEST_F(FoldersTest, OneOutputIsNeverASoftmax) {
  TinyModel tiny;
  tiny.labels = {"score"};
  change({{"problem_type", "regression"}}, tiny);
  const double raw = score();
  for (const auto& type : {nlohmann::json(), nlohmann::json("single_label_classification")}) {
    change({{"problem_type", type}}, tiny);
    EXPECT_NEAR(score(), 1 / (1 + std::exp(-raw)), 1e-6) << type;
  }
  change(
      {{"problem_type", nullptr}, {"sentence_transformers", {{"activation_fn", "torch.nn.modules.linear.Identity"}}}},
      tiny);
  EXPECT_EQ(score(), raw);
}

TEST_F(FoldersTest, LabelsAreTheTextOfAnyValue) {
  change({{"id2label", {{"0", false}, {"1", 7}, {"2", 0.5}}}});
  const auto line = json_lines("run", {"--format", "jsonl", "--all-scores", "b"}).at(0);
  EXPECT_EQ(keys_of(line["scores"]), (std::vector<std::string>{"False", "7", "0.5"}));
}

TEST_F(FoldersTest, EqualLabelsAreRunButNotCompared) {
  change({{"id2label", {{"0", "a"}, {"1", "b"}, {"2", "a"}}}});
  const Outcome run = fbert("run", {"b"});
  EXPECT_EQ(run.exit_code, 0) << run.errors;
  EXPECT_EQ(notes_in(run.errors), 1U) << run.errors;
  const Outcome eval = fbert("eval", {"--csv", write("rows.csv", "text,label\nb,a\n")});
  EXPECT_EQ(eval.exit_code, 1);
  EXPECT_NE(eval.errors.find("one name, 'a', for its labels 0 and 2"), std::string::npos) << eval.errors;
}

TEST_F(FoldersTest, EveryFileMayBeAPointerOrEmpty) {
  for (const char* name : {"config.json", "vocab.txt", "tokenizer_config.json", "special_tokens_map.json",
                           "added_tokens.json", "model.safetensors", "tokenizer.json"}) {
    TinyModel().write(model());
    write_text(file("model") / name, "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n");
    expect_failure(fbert("run", {"b"}), 1, "run git lfs pull");
    write_text(file("model") / name, "");
    expect_failure(fbert("run", {"b"}), 1, std::string(name) + ": ");
    expect_failure(fbert("run", {"b"}), 1, "the file is empty");
    std::filesystem::remove(file("model") / name);
  }
}

TEST_F(FoldersTest, QuantizeKeepsWhatPythonWroteIntoKeysOfOthers) {
  TinyModel tiny;
  tiny.write(model());
  const std::string config = tiny.config_json();
  write_text(file("model") / "config.json", config.substr(0, config.size() - 1) + R"(, "limit": [0.5, -Infinity]})");
  const Outcome outcome = fbert("quantize", {"--output", file("out").string()});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  std::stringstream written;
  written << std::ifstream(file("out") / "config.json").rdbuf();
  EXPECT_NE(written.str().find("-Infinity"), std::string::npos) << written.str();
  EXPECT_EQ(run_fbert({"run", "--model", file("out").string(), "b"}).exit_code, 0);
}

}  // namespace
}  // namespace fbert::testing::folders_test
