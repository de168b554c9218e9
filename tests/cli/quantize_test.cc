// fbert quantize, and how other commands take its folders.
#include <chrono>
#include <csignal>
#include <filesystem>
#include <thread>

#include <gmock/gmock.h>

#include "loader/safetensors.h"
#include "loader/safetensors_writer.h"
#include "tests/cli/tiny_model_fixture.h"

namespace fbert::testing::quantize_test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class QuantizeCommand : public ProgramTest {
 protected:
  std::string output() const { return file("int8").string(); }
};

TEST_F(QuantizeCommand, WritesAFolderThatRunsLikeTheVariant) {
  const Outcome outcome = fbert("quantize", {"--output", output(), "--embeddings", "int8", "--keep", "*.key"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_EQ(outcome.errors, "");
  EXPECT_THAT(outcome.output, HasSubstr("10 linear layers in int8, 2 kept in floats"));

  const Outcome again = fbert("quantize", {"--output", output(), "--force"});
  EXPECT_EQ(again.exit_code, 0) << again.errors;
  const Outcome expected = fbert("run", {"--variant", "int8", "--logits", "--format", "jsonl", "a b c", "d"});
  const Outcome found = run_fbert({"run", "--model", output(), "--logits", "--format", "jsonl", "a b c", "d"});
  EXPECT_EQ(found.exit_code, 0) << found.errors;
  EXPECT_EQ(found.output, expected.output);
}

TEST_F(QuantizeCommand, RefusesByNameWhatCannotBeDone) {
  expect_failure(fbert("quantize", {}), 2, "--output");
  expect_failure(fbert("quantize", {"--output", ""}), 2, "--output");
  expect_failure(fbert("quantize", {"--output", model() + "/x"}), 2, "lies in the folder of the model");
  expect_failure(fbert("quantize", {"--output", output(), "--keep", "nothing*"}), 2, "'nothing*' matches none");
  expect_failure(fbert("quantize", {"--output", output(), "--embeddings", "int4"}), 2, "--embeddings");
  expect_failure(fbert("quantize", {"--output", file("no/such/int8").string()}), 1, "No such file or directory");
  ASSERT_EQ(fbert("quantize", {"--output", output()}).exit_code, 0);
  expect_failure(fbert("quantize", {"--output", output()}), 2, "exists already; --force");
  expect_failure(run_fbert({"quantize", "--model", output(), "--output", file("b").string()}), 1, "quantised already");
  expect_failure(run_fbert({"run", "--model", output(), "--variant", "fp32", "a"}), 2, "there is no fp32 to run");
}

TEST_F(QuantizeCommand, InterruptLeavesNothingBehind) {
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    PipedProgram program({.arguments = {"quantize", "--model", model(), "--output", output()}});
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    program.signal(number);
    const Outcome outcome = program.wait();
    const bool done = std::filesystem::exists(output());  // before the signal counted
    EXPECT_EQ(outcome.exit_code == 0, done) << outcome.errors;
    std::filesystem::remove_all(output());
    for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(output()).parent_path())) {
      EXPECT_THAT(entry.path().filename().string(), Not(StartsWith(".int8"))) << number;
    }
  }
}

TEST_F(QuantizeCommand, InspectShowsWhatTheFolderHolds) {
  ASSERT_EQ(fbert("quantize", {"--output", output(), "--embeddings", "fp16", "--keep", "*0*query"}).exit_code, 0);
  const Outcome outcome = run_fbert({"inspect", "--model", output(), "--format", "json"});
  const auto report = nlohmann::ordered_json::parse(outcome.output);
  EXPECT_EQ(report["variant"], "int8");
  EXPECT_EQ(report["embeddings"], "fp16");
  EXPECT_EQ(report["quantization"]["in_floats"][0], "bert.encoder.layer.0.attention.self.query");
  EXPECT_EQ(report["quantization"]["recipe"]["keep"][0], "*0*query");
  uint64_t parameters = 0;
  for (const auto& [name, tensor] : TinyModel().tensors()) parameters += tensor.values.size();
  EXPECT_EQ(report["parameters"], parameters);
  EXPECT_THAT(run_fbert({"inspect", "--model", output()}).output,
              HasSubstr("in floats: bert.encoder.layer.0.attention.self.query bert.pooler.dense classifier"));
}

TEST_F(QuantizeCommand, InspectNamesFewOfManyLayersInFloats) {
  ASSERT_EQ(fbert("quantize", {"--output", output(), "--keep", "*query", "--keep", "*key"}).exit_code, 0);
  const std::string text = run_fbert({"inspect", "--model", output()}).output;
  EXPECT_THAT(text, HasSubstr(" and 2 more\n"));
  EXPECT_THAT(text, HasSubstr(", by fbert 0."));
}

TEST_F(QuantizeCommand, InspectTakesMetadataThatIsNoJsonOfOurs) {
  ASSERT_EQ(fbert("quantize", {"--output", output()}).exit_code, 0);
  const size_t depth = 200'000;
  const std::string deep = std::string(depth, '[') + std::string(depth, ']');
  const std::filesystem::path weights = std::filesystem::path(output()) / "model.safetensors";
  for (const std::string& recipe : {std::string("{"), std::string("7"), deep}) {
    const SafeTensors original = SafeTensors::open(weights);
    std::map<std::string, std::string> metadata = original.metadata();
    metadata["fbert.recipe"] = recipe;
    std::vector<std::vector<std::byte>> bytes;
    std::vector<TensorSource> tensors;
    for (const TensorInfo& tensor : original.tensors()) {
      original.read_bytes(tensor, bytes.emplace_back(tensor.bytes()));
      tensors.push_back({tensor.name, tensor.dtype, tensor.shape, bytes.back()});
    }
    write_safetensors(weights, tensors, metadata);
    const Outcome outcome = run_fbert({"inspect", "--model", output(), "--format", "json"});
    ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
    EXPECT_EQ(nlohmann::ordered_json::parse(outcome.output)["quantization"]["recipe"], recipe);
  }
}

TEST_F(QuantizeCommand, EmbeddingsInMemoryKeepTheResultClose) {
  const auto exact = json_lines("run", {"--format", "jsonl", "--logits", "a b"});
  for (const std::string type : {"fp32", "fp16", "int8"}) {
    const auto found = json_lines("run", {"--format", "jsonl", "--logits", "--embeddings", type, "a b"});
    for (size_t i = 0; i < 3; ++i) {
      const double difference = exact[0]["logits"][i].get<double>() - found[0]["logits"][i].get<double>();
      EXPECT_LE(std::abs(difference), type == "fp32" ? 0 : 0.1) << type;
    }
  }
}

}  // namespace
}  // namespace fbert::testing::quantize_test
