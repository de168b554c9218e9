#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/cli/eval_fixture.h"

namespace fbert::testing::eval_bad_rows_test {
namespace {

using ::testing::HasSubstr;

class EvalBadRows : public Eval {
 protected:
  // Rows 3 (label), 5 (columns), 6 (quote) and 7 (too long) are bad.
  std::string data() const {
    return write("bad.csv", "text,label\na,0\nb,perhaps\na,1\nb\nx\"y,0\na b a b a b,0\nb,2\n");
  }
  const std::vector<std::string> long_texts_{"--max-length", "6", "--long", "error"};
};

TEST_F(EvalBadRows, EndTheProgramUnlessToldOtherwise) {
  expect_failure(fbert("eval", {"--csv", data()}), 1, "bad.csv: line 3: label 'perhaps'");
}

TEST_F(EvalBadRows, AreLeftOutAndCounted) {
  std::vector<std::string> arguments = {"--csv", data(), "--bad-rows", "skip"};
  arguments.insert(arguments.end(), long_texts_.begin(), long_texts_.end());
  const auto report = eval(arguments);
  EXPECT_EQ(report["rows"], 3);
  EXPECT_EQ(report["skipped"], 4);
  arguments.insert(arguments.end(), {"--variant", "fp32", "--header"});
  EXPECT_EQ(fbert("eval", arguments).errors, "fbert: 4 of 7 rows were left out (--bad-rows report says which)\n");
}

TEST_F(EvalBadRows, AreReportedOnceEach) {
  std::vector<std::string> arguments = {"--csv", data(), "--bad-rows", "report", "--header"};
  arguments.insert(arguments.end(), long_texts_.begin(), long_texts_.end());
  const Outcome outcome = fbert("eval", arguments);
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(std::count(outcome.errors.begin(), outcome.errors.end(), '\n'), 5) << outcome.errors;
  for (const char* part :
       {"line 3: label 'perhaps'", "line 5, column 2: expected 2 columns", "line 6, column 2: a quote",
        "line 7: the text has 8 tokens", "4 of 7 rows were left out\n"}) {
    EXPECT_THAT(outcome.errors, HasSubstr(part));
  }
}

TEST_F(EvalBadRows, DoNotCoverAQuoteThatSwallowsTheRest) {
  const std::string file = write("cut.csv", "text,label\na,0\n\"b,1\na,0\n");
  expect_failure(fbert("eval", {"--csv", file, "--bad-rows", "skip"}), 1, "line 3, column 1: a quote that is never");
}

TEST_F(EvalBadRows, LeaveSomethingToEvaluate) {
  const std::string file = write("all.csv", "text,label\na,x\nb,y\n");
  const Outcome outcome = fbert("eval", {"--csv", file, "--bad-rows", "skip"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.errors, HasSubstr("no rows to evaluate"));
}

TEST_F(EvalBadRows, DoNotCountAsSamples) {
  EXPECT_EQ(eval({"--csv", data(), "--bad-rows", "skip", "--max-samples", "2"})["rows"], 2);
}

}  // namespace
}  // namespace fbert::testing::eval_bad_rows_test
