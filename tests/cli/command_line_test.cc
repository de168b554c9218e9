#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cli/tiny_model_fixture.h"

namespace fbert::testing::command_line_test {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(CommandLine, HelpAndVersionGoToStandardOutput) {
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
           {"--help"}, {"run", "--help"}, {"eval", "--help"}, {"inspect", "--help"}, {"tokenize", "-h"}}) {
    const Outcome outcome = run_fbert(arguments);
    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_EQ(outcome.errors, "");
    EXPECT_THAT(outcome.output, HasSubstr("Usage: fbert"));
  }
  const Outcome version = run_fbert({"--version"});
  EXPECT_EQ(version.exit_code, 0);
  EXPECT_THAT(version.output, ::testing::MatchesRegex("fbert [0-9]+\\.[0-9]+\\.[0-9]+\n"));
}

TEST(CommandLine, UsageErrorsAreOneLineAndExitCode2) {
  expect_failure(run_fbert({}), 2, "no command given");
  expect_failure(run_fbert({"rum", "text"}), 2, "unknown command 'rum'; did you mean run?");
  expect_failure(run_fbert({"run", "--modle", "x", "text"}), 2, "unknown option --modle; did you mean --model?");
  expect_failure(run_fbert({"run", "--all-score=1", "text"}), 2, "did you mean --all-scores?");
  expect_failure(run_fbert({"run", "--zzzzzzzzzz", "text"}), 2, "unknown option --zzzzzzzzzz (");
  expect_failure(run_fbert({"run", "text", "--model"}), 2, "--model needs a value");
  expect_failure(run_fbert({"run", "text", "--threads", "2", "--threads", "3"}), 2,
                 "--threads is given more than once");
  expect_failure(run_fbert({"run", "text", "--threads", "0"}), 2, "--threads");
  expect_failure(run_fbert({"run", "text", "--threads", "many"}), 2, "--threads");
  expect_failure(run_fbert({"run", "text", "--format", "xml"}), 2, "table,jsonl,csv");
  expect_failure(run_fbert({"run", "text", "--variant", "int3"}), 2, "fp32");
  expect_failure(run_fbert({"run"}), 2, "no text given");
  expect_failure(run_fbert({"run", "text", "--input", "file"}), 2, "both as arguments and with --input");
  expect_failure(run_fbert({"run", "text", "--text-column", "1"}), 2, "--text-column requires --input");
  expect_failure(run_fbert({"run", "a", "b", "--pair", "c"}), 2, "--pair");
  expect_failure(run_fbert({"run", "--pair", "c", "--input", "file"}), 2, "--pair");
  expect_failure(run_fbert({"run", "--input", "x.csv", "--header", "--no-header"}), 2, "excludes");
  expect_failure(run_fbert({"run", "text", "--revision", "v2"}), 2, "--revision requires --model");
  for (const std::string option : {"--model", "--isa"}) {
    expect_failure(run_fbert({"run", "text", option, ""}), 2, option + ": is empty");
    expect_failure(run_fbert({"inspect", option + "="}), 2, option);
  }
  expect_failure(run_fbert({"eval"}), 2, "no data given");
  expect_failure(run_fbert({"eval", "--csv", "a", "--tsv", "b"}), 2, "more than one of");
  expect_failure(run_fbert({"eval", "data.csv"}), 2, "unexpected argument 'data.csv'");
}

TEST(CommandLine, ValuesThatAreNotUtf8AreRefusedInOneLine) {
  expect_failure(run_fbert({"run", "text", "--model", "a", "--revision", "a\xff"}), 2,
                 "--revision: 'a\\xff' is not valid UTF-8");
  expect_failure(run_fbert({"run", "text", "--format", "\xff\n"}), 2, "--format");
  expect_failure(run_fbert({"run", "--\xff\x1b[2J", "text"}), 2, "unknown option");
}

TEST(CommandLine, ControlCharactersDoNotReachTheTerminal) {
  const Outcome outcome = run_fbert({"run", "text", "--model", "no\nsuch\x1b[2Jmodel"});
  expect_failure(outcome, 1, "no");
  EXPECT_EQ(outcome.errors.find('\x1b'), std::string::npos);
}

TEST(CommandLine, MissingModelNamesThePath) {
  expect_failure(run_fbert({"run", "text", "--model", "/no/such/folder"}), 1, "/no/such/folder");
  const Outcome outcome = launch({.arguments = {"run", "text"}, .environment = {"FBERT_MODEL=/no/such/model"}});
  expect_failure(outcome, 1, "/no/such/model");
}

TEST(CommandLine, BadEnvironmentIsAUsageError) {
  TemporaryFolder folder;
  TinyModel().write(folder.path());
  const auto with = [&](const std::string& variable) {
    return launch({.arguments = {"run", "text", "--model", folder.path().string()}, .environment = {variable}});
  };
  expect_failure(with("FBERT_ISA=z80"), 2, "z80");
  expect_failure(with("FBERT_NUM_THREADS=many"), 2, "FBERT_NUM_THREADS");
}

TEST(CommandLine, DefaultModelLiesBesideTheProgramOrInItsPrefix) {
  for (const char* place : {"models", "../share/fbert/models", "../../models"}) {
    TemporaryFolder folder;
    const auto bin = folder.path() / "build" / "release";
    std::filesystem::create_directories(bin);
    std::filesystem::copy_file(program_path(), bin / "fbert");
    const Launch without_model{.arguments = {"run", "text", "--format", "jsonl"}, .program = bin / "fbert"};
    const Outcome missing = launch(without_model);
    expect_failure(missing, 1, "/build/release/models/fbert-mini-sst2");
    EXPECT_THAT(missing.errors, HasSubstr("/build/share/fbert/models/fbert-mini-sst2"));

    TinyModel().write(bin / place / "fbert-mini-sst2");
    const Outcome found = launch(without_model);
    EXPECT_EQ(found.exit_code, 0) << place << ": " << found.errors;
    EXPECT_THAT(found.output, StartsWith("{\"label\""));
  }
}

}  // namespace
}  // namespace fbert::testing::command_line_test
