#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cli/tiny_model_fixture.h"

namespace fbert::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class Eval : public ProgramTest {
 protected:
  std::string label_of(const std::string& text) const {
    return json_lines("run", {"--format", "jsonl", text})[0]["label"];
  }
  nlohmann::ordered_json eval(std::vector<std::string> arguments) const {
    arguments.insert(arguments.end(), {"--format", "json"});
    const Outcome outcome = fbert("eval", arguments);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
    return nlohmann::ordered_json::parse(outcome.output);
  }
};

TEST_F(Eval, JsonHasTheDocumentedFields) {
  const std::string good = label_of("a b");
  const std::string file = write("data.csv", "text,label\na b," + good + "\na b," + good + "\na b," +
                                                 (good == "no" ? "yes" : "no") + "\na b," + good + "\n");
  const auto report = eval({"--csv", file});
  EXPECT_THAT(keys_of(report), ElementsAre("model", "file", "rows", "truncated", "variants"));
  EXPECT_EQ(report["rows"], 4);
  EXPECT_EQ(report["variants"].size(), 1U);
  const auto& variant = report["variants"][0];
  EXPECT_THAT(keys_of(variant),
              ElementsAre("name", "accuracy", "precision", "recall", "f1", "seconds", "rows_per_second"));
  EXPECT_EQ(variant["name"], "fp32");
  EXPECT_DOUBLE_EQ(variant["accuracy"], 0.75);
  EXPECT_DOUBLE_EQ(variant["recall"], 0.75);
  EXPECT_DOUBLE_EQ(variant["precision"], 0.75 * 0.75);
  EXPECT_DOUBLE_EQ(variant["f1"], 0.75 * (2 * 0.75 / 1.75));
}

TEST_F(Eval, EveryFileFormAndColumnChoiceAgrees) {
  const std::string good = label_of("a b");
  const std::vector<std::vector<std::string>> choices = {
      {"--csv", write("a.csv", "label,text\n" + good + ",a b\n")},
      {"--tsv", write("a.tsv", "sentence\tlabel\na b\t" + good + "\n")},
      {"--jsonl", write("a.jsonl", R"({"text": "a b", "label": ")" + good + "\"}\n")},
      {"--csv", write("b.csv", "x,y\n" + good + ",a b\n"), "--text-column", "y", "--label-column", "x"},
      {"--csv", write("c.csv", good + ";a b\n"), "--text-column", "2", "--label-column", "1", "--no-header",
       "--delimiter", ";"},
  };
  for (const auto& choice : choices) {
    const auto report = eval(choice);
    EXPECT_EQ(report["rows"], 1) << choice[1];
    EXPECT_EQ(report["variants"][0]["accuracy"], 1.0) << choice[1];
  }
}

TEST_F(Eval, NamesTheVariantItRan) {
  const std::string file = write("data.csv", "text,label\na b," + label_of("a b") + "\n");
  const auto report = eval({"--csv", file, "--variant", "int8"});
  EXPECT_EQ(report["variants"][0]["name"], "int8");
  EXPECT_EQ(report["variants"][0]["accuracy"], 1.0);
}

TEST_F(Eval, MaxSamplesStopsEarly) {
  EXPECT_EQ(eval({"--csv", write("a.csv", "text,label\na,0\nb,1\nc,broken\n"), "--max-samples", "2"})["rows"], 2);
}

TEST_F(Eval, UnknownLabelIsAnErrorWithItsLine) {
  expect_failure(fbert("eval", {"--csv", write("a.csv", "text,label\na,0\nb,perhaps\n")}), 1, "a.csv: line 3: ");
  expect_failure(fbert("eval", {"--csv", write("a.csv", "text,label\na,0\nb,3\n")}), 1, "a.csv: line 3: ");
}

TEST_F(Eval, MissingColumnsAndEmptyFilesAreErrors) {
  expect_failure(fbert("eval", {"--csv", write("a.csv", "text,other\na,0\n")}), 1, "label");
  expect_failure(fbert("eval", {"--csv", write("a.csv", "text,label\n")}), 1, "no rows");
  expect_failure(fbert("eval", {"--csv", file("none.csv").string()}), 1, "none.csv");
  expect_failure(fbert("eval", {"--csv", write("a.csv", "text,label\na,0\nb\n")}), 1, "line 3");
}

TEST_F(Eval, TableAndCsvShowTheMetrics) {
  const std::string file = write("a.csv", "text,label\na,0\nb,1\n");
  EXPECT_THAT(fbert("eval", {"--csv", file}).output, HasSubstr("accuracy"));
  EXPECT_THAT(fbert("eval", {"--csv", file, "--format", "csv"}).output,
              StartsWith("variant,rows,truncated,accuracy,precision,recall,f1,seconds,rows_per_second\nfp32,2,0,"));
}

TEST_F(Eval, RegressionModelsGetCorrelations) {
  TinyModel tiny;
  tiny.labels = {"similarity"};
  tiny.problem_type = "regression";
  tiny.write(model());
  const std::string file = write("a.csv", "sentence1,sentence2,label\na,b,0.5\nc d,e,2\nf,a b c,1\n");
  const auto report = eval({"--csv", file});
  EXPECT_THAT(keys_of(report["variants"][0]),
              ElementsAre("name", "pearson", "spearman", "mse", "seconds", "rows_per_second"));
  expect_failure(fbert("eval", {"--csv", write("b.csv", "sentence1,sentence2,label\na,b,high\n")}), 1, "line 2");
}

TEST_F(Eval, MultiLabelModelsAreRefused) {
  TinyModel tiny;
  tiny.problem_type = "multi_label_classification";
  tiny.write(model());
  expect_failure(fbert("eval", {"--csv", write("a.csv", "text,label\na,0\n")}), 3, "multi_label_classification");
}

TEST_F(Eval, RegressionModelsOfSeveralOutputsAreRefused) {
  TinyModel tiny;
  tiny.problem_type = "regression";
  tiny.write(model());
  expect_failure(fbert("eval", {"--csv", write("a.csv", "text,label\na,0\n")}), 3, "3: 'no', 'yes', 'maybe'");
}

TEST_F(Eval, ScoresThatAreNotFiniteAreAnErrorWithTheirLine) {
  write_model_with_nan_for_b(model());
  expect_failure(fbert("eval", {"--csv", write("a.csv", "text,label\na,0\nb,0\na,0\n")}), 1,
                 "a.csv: line 3: the model gives scores that are not finite");
}

// Counts of pairs of labels would need 3 GB, the scores and logits of 4,096 rows 650 MB.
TEST_F(Eval, ManyLabelsFitInMemory) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "sanitizers keep memory of their own";
#endif
  TinyModel tiny;
  tiny.labels.clear();
  for (int id = 0; id < 20000; ++id) tiny.labels.push_back("l" + std::to_string(id));
  tiny.write(model());
  std::string rows = "text,label\n";
  for (int i = 0; i < 5000; ++i) rows += "a,1\n";
  const Outcome outcome = fbert("eval", {"--csv", write("a.csv", rows), "--format", "json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_EQ(nlohmann::json::parse(outcome.output)["rows"], 5000);
  EXPECT_LT(outcome.peak_kib, 200 * 1024);
}

// The default model must reach the figure of its card.
TEST(EvalDefaultModel, ReachesItsAccuracyOnSst2) {
  FBERT_REQUIRE_SHARED_DATA(data);
  const Outcome outcome = run_fbert({"eval", "--model", (source_dir() / "models/fbert-mini-sst2").string(), "--tsv",
                                     (data / "glue/SST-2/dev.tsv").string(), "--format", "json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  const auto report = nlohmann::json::parse(outcome.output);
  EXPECT_EQ(report["rows"], 872);
  EXPECT_NEAR(report["variants"][0]["accuracy"].get<double>(), 0.838, 0.001);
}

}  // namespace
}  // namespace fbert::testing
