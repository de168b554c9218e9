// The command itself, on a tiny model.

#include <unistd.h>

#include <csignal>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cli/tiny_model_fixture.h"

namespace fbert::testing::bench_test {
namespace {

using ::testing::HasSubstr;

class Bench : public ProgramTest {
 protected:
  Outcome bench(std::vector<std::string> arguments) const {
    arguments.insert(arguments.end(), {"--warmup-runs", "0"});
    return fbert("bench", arguments);
  }
  nlohmann::json json(std::vector<std::string> arguments) const {
    arguments.insert(arguments.end(), {"--format", "json"});
    const Outcome outcome = bench(arguments);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
    return nlohmann::json::parse(outcome.output);
  }
};

TEST_F(Bench, MeasuresBothVariantsByDefault) {
  const auto report = json({"--num-samples", "100"});
  ASSERT_EQ(report["cases"].size(), 2u);
  EXPECT_EQ(report["cases"][0]["variant"], "fp32");
  EXPECT_EQ(report["cases"][1]["variant"], "int8");
  EXPECT_EQ(report["cases"][0]["seq_len"], 32);
  for (const auto& one : report["cases"]) {
    EXPECT_GE(one["n"], 100);
    EXPECT_EQ(one["samples_ms"].size(), one["n"]);
    EXPECT_GT(one["mean_ms"], 0);
    EXPECT_GT(one["stages_ms"]["linear"], 0);
    EXPECT_GT(one["stages_ms"]["tokenize"], 0);
    EXPECT_TRUE(one["p99_ms"].is_null());
  }
  for (const auto& variant : report["variants"]) {
    EXPECT_GT(variant["peak_bytes"], variant["weight_bytes"]);
    EXPECT_GT(variant["first_label_ms"], variant["load_ms"]);
    EXPECT_EQ(variant["sha256"].get<std::string>().size(), 64u);
  }
  EXPECT_FALSE(report["cases"][1]["ratio"].is_null());
}

TEST_F(Bench, SweepsLists) {
  const auto report =
      json({"--num-samples", "8", "--seq-len", "8,16", "--batch", "1,4", "--threads", "1", "--variant", "int8"});
  ASSERT_EQ(report["cases"].size(), 4u);
  EXPECT_EQ(report["cases"][3]["seq_len"], 16);
  EXPECT_EQ(report["cases"][3]["batch"], 4);
}

TEST_F(Bench, TakesLengthsAndTexts) {
  const auto lengths = json({"--num-samples", "16", "--lengths", write("lengths", "4 3\n40\n"), "--batch", "4"});
  EXPECT_TRUE(lengths["cases"][0]["seq_len"].is_null());
  EXPECT_GT(lengths["cases"][0]["padding_avoided"], 0.05);
  const auto texts = json(
      {"--num-samples", "16", "--input", write("a.csv", "text\na b\na b c d\n"), "--batch", "2", "--threads", "1"});
  EXPECT_EQ(texts["end_to_end"], true);
  EXPECT_NEAR(texts["cases"][0]["padding_avoided"], 1 - 10.0 / 12, 1e-9);
}

TEST_F(Bench, EveryFormatIsWritten) {
  const std::vector<std::string> small = {"--num-samples", "4", "--seq-len", "4", "--format"};
  for (const auto& [format, part] : std::vector<std::pair<std::string, std::string>>{
           {"table", "mean ms"}, {"md", "| Model"}, {"csv", "variant,seq_len"}, {"jsonl", "{\"schema\":1"}}) {
    std::vector<std::string> arguments = small;
    arguments.push_back(format);
    const Outcome outcome = bench(arguments);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
    EXPECT_EQ(outcome.errors, "");
    EXPECT_THAT(outcome.output, HasSubstr(part));
  }
}

TEST_F(Bench, WrongOptionsAreUsageErrors) {
  expect_failure(bench({"--seq-len", "0"}), 2, "--seq-len: '0' is not a number");
  expect_failure(bench({"--seq-len", "49"}), 2, "longer than the 48 positions");
  expect_failure(bench({"--batch", "1,1"}), 2, "--batch: 1 is given twice");
  expect_failure(bench({"--variant", "int4"}), 2, "'int4' is neither");
  expect_failure(bench({"--num-samples", "0"}), 2, "--num-samples");
  expect_failure(bench({"--fail-if-slower", "5%"}), 2, "--baseline");
  expect_failure(bench({"--baseline", "x", "--fail-if-slower", "5"}), 2, "is not a percentage");
  expect_failure(bench({"--server"}), 2, "--server needs --qps");
  expect_failure(bench({"--qps", "5"}), 2, "--server");
  expect_failure(bench({"--lengths", "x", "--seq-len", "5"}), 2, "--lengths");
}

TEST_F(Bench, BadFilesAreDataErrors) {
  expect_failure(bench({"--lengths", "missing"}), 1, "missing");
  expect_failure(bench({"--lengths", write("lengths", "4\nfour\n")}), 1, "line 2");
  expect_failure(bench({"--input", write("empty.txt", "")}), 1, "holds no texts");
  expect_failure(bench({"--baseline", "missing"}), 1, "missing");
  expect_failure(bench({"--baseline", write("b.json", "{}")}), 1, "b.json");
}

TEST_F(Bench, BaselineIsComparedWith) {
  const std::vector<std::string> small = {"--num-samples", "200",  "--seq-len", "4",
                                          "--variant",     "int8", "--threads", "1"};
  const Outcome first =
      bench({"--num-samples", "200", "--seq-len", "4", "--variant", "int8", "--threads", "1", "--format", "json"});
  ASSERT_EQ(first.exit_code, 0) << first.errors;
  auto report = nlohmann::ordered_json::parse(first.output);
  for (auto& sample : report["cases"][0]["samples_ms"]) sample = sample.get<double>() / 1000;
  std::vector<std::string> arguments = small;
  arguments.insert(arguments.end(), {"--baseline", write("old.json", report.dump()), "--fail-if-slower", "5%"});
  const Outcome slower = bench(arguments);
  EXPECT_EQ(slower.exit_code, 1);
  EXPECT_THAT(slower.errors, HasSubstr("slower than in the baseline"));
  EXPECT_THAT(slower.output, HasSubstr("time / baseline"));
  for (auto& sample : report["cases"][0]["samples_ms"]) sample = sample.get<double>() * 1e6;
  arguments.back() = "5%";
  arguments[arguments.size() - 3] = write("old.json", report.dump());
  EXPECT_EQ(bench(arguments).exit_code, 0);
}

// So few samples of so short a time vary.
TEST_F(Bench, StrictEndsWithOneWhenThereAreSignsOfNoise) {
  const Outcome outcome = bench({"--num-samples", "20", "--seq-len", "4", "--strict"});
  const bool noisy = outcome.output.find("The machine was not quiet") != std::string::npos;
  EXPECT_EQ(outcome.exit_code, noisy ? 1 : 0);
  EXPECT_EQ(outcome.errors.find("fbert: --strict: ") != std::string::npos, noisy);
}

TEST_F(Bench, ServesRequestsAsTheyCome) {
  const Outcome outcome = bench({"--server", "--qps", "2000", "--slo-p99", "100000", "--server-time", "0.2",
                                 "--threads", "1", "--seq-len", "4", "--variant", "int8", "--format", "json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  const auto report = nlohmann::json::parse(outcome.output);
  ASSERT_EQ(report["results"].size(), 1u);
  EXPECT_EQ(report["results"][0]["meets_slo"], true);
  EXPECT_GE(report["results"][0]["n"], 1000);
  EXPECT_EQ(
      bench({"--server", "--qps", "2000", "--slo-p99", "0.001", "--server-time", "0.2", "--threads", "1"}).exit_code,
      1);
}

TEST_F(Bench, EndsQuicklyWhenInterrupted) {
  PipedProgram program({.arguments = {"bench", "--model", model(), "--min-time", "600", "--max-time", "600"}});
  ::usleep(300'000);
  program.signal(SIGINT);
  EXPECT_EQ(program.wait().exit_code, 130);
}

}  // namespace
}  // namespace fbert::testing::bench_test
