// The program and its standard streams: closed, full, slow, interrupted, endless.

#include <csignal>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cli/tiny_model_fixture.h"
#include "tests/support/sanitizers.h"

namespace fbert::testing::streams_test {
namespace {

class Streams : public ProgramTest {
 protected:
  std::string many_lines(int count) const {
    std::string lines;
    for (int i = 0; i < count; ++i) lines += "a b c\n";
    return lines;
  }
};

TEST_F(Streams, FullDiskIsAnErrorWithItsReason) {
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{"--help"},
                                             {"run", "a", "--model", model()},
                                             {"tokenize", "a", "--model", model()},
                                             {"inspect", "--model", model()}}) {
    const Outcome outcome = launch({.arguments = arguments, .output = "/dev/full"});
    expect_failure(outcome, 1, "cannot write to standard output: No space left on device");
  }
}

TEST_F(Streams, StartingWithoutStandardOutputIsAnError) {
  const Outcome outcome = launch({.arguments = {"run", "a", "--model", model()}, .close_output = true});
  expect_failure(outcome, 1, "cannot write to standard output");
}

TEST_F(Streams, StandardErrorThatCannotBeWrittenChangesNoExitCode) {
  for (const bool closed : {false, true}) {
    const auto exit_code = [&](std::vector<std::string> arguments) {
      const std::string file = closed ? "" : "/dev/full";
      return launch({.arguments = std::move(arguments), .errors = file, .close_errors = closed}).exit_code;
    };
    EXPECT_EQ(exit_code({"run", "x", "--model", "/no/such/folder"}), 1);
    EXPECT_EQ(exit_code({"run", "x", "--no-such-option"}), 2);
    EXPECT_EQ(exit_code({"run", "a b c d e f", "--max-length", "5", "--model", model()}), 0);
  }
}

TEST_F(Streams, ReaderThatGoesAwayEndsTheProgramQuietly) {
  PipedProgram program({.arguments = {"run", "--input", "-", "--model", model()}, .input = many_lines(50000)});
  EXPECT_NE(program.read_some(), "");
  program.close_output();
  const Outcome outcome = program.wait();
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.errors, "");
}

TEST_F(Streams, InterruptEndsWith130AndAWholeLine) {
  for (const int number : {SIGINT, SIGTERM}) {
    PipedProgram program(
        {.arguments = {"run", "--input", "-", "--format", "jsonl", "--model", model()}, .input = many_lines(200000)});
    std::string output = program.read_some();
    program.signal(number);
    for (std::string part = program.read_some(); !part.empty(); part = program.read_some()) output += part;
    const Outcome outcome = program.wait();
    EXPECT_EQ(outcome.exit_code, 128 + number);
    EXPECT_EQ(outcome.errors, "");
    EXPECT_EQ(output.back(), '\n');
    EXPECT_LT(std::count(output.begin(), output.end(), '\n'), 200000);
  }
}

TEST_F(Streams, MemoryDoesNotGrowWithTheNumberOfLines) {
#if FBERT_UNDER_ASAN || FBERT_UNDER_TSAN
  GTEST_SKIP() << "sanitizers keep memory of their own";
#endif
  for (const char* command : {"run", "tokenize"}) {
    const Outcome few = fbert(command, {"--input", "-", "--format", "jsonl"}, many_lines(10000));
    const Outcome many = fbert(command, {"--input", "-", "--format", "jsonl"}, many_lines(100000));
    ASSERT_EQ(many.exit_code, 0) << many.errors;
    EXPECT_EQ(std::count(many.output.begin(), many.output.end(), '\n'), 100000);
    EXPECT_LT(many.peak_kib, few.peak_kib + 8 * 1024) << command;
  }
}

TEST_F(Streams, EmptyInputGivesNoRows) {
  EXPECT_EQ(json_lines("run", {"--input", "-", "--format", "jsonl"}).size(), 0U);
  const Outcome csv = fbert("run", {"--input", "-", "--format", "csv"});
  EXPECT_EQ(csv.exit_code, 0);
  EXPECT_EQ(csv.output, "label,score,tokens,truncated\n");
}

TEST_F(Streams, LastLineNeedsNoLineEnd) {
  EXPECT_EQ(json_lines("run", {"--input", "-", "--format", "jsonl"}, "a\n\nb").size(), 3U);
  EXPECT_EQ(json_lines("run", {"--input", "-", "--format", "jsonl"}, "a\n\nb\n").size(), 3U);
}

}  // namespace
}  // namespace fbert::testing::streams_test
