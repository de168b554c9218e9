// What eval does with models of different kinds.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cli/eval_fixture.h"
#include "tests/support/sanitizers.h"

namespace fbert::testing::eval_models_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST_F(Eval, VariantsCanBeFolders) {
  const std::string other = file_of("other");
  TinyModel().write(other);
  const std::string file = write("a.csv", "text,label\na,no\nb,yes\n");
  const auto report = eval({"--csv", file, "--variant", "fp32," + other});
  EXPECT_EQ(report["variants"][1]["name"], other);
  EXPECT_EQ(report["variants"][1]["degradation"]["changed"], 0);
  TinyModel tiny;
  tiny.labels = {"no", "yes", "never"};
  tiny.write(other);
  expect_failure(fbert("eval", {"--csv", file, "--variant", "fp32," + other}), 1, "their labels differ");
  expect_failure(fbert("eval", {"--csv", file, "--variant", "fp16"}), 2, "'fp16' is neither");
}

TEST_F(Eval, QuantisedFoldersAreVariants) {
  const std::string folder = file_of("quantised");
  ASSERT_EQ(fbert("quantize", {"--output", folder}).exit_code, 0);
  const std::string file = write("a.csv", "text,label\na,no\nb,yes\na b,maybe\n");
  const auto report = eval({"--csv", file, "--variant", "int8," + folder});
  EXPECT_EQ(report["variants"][0]["eval_loss"], report["variants"][1]["eval_loss"]);
  const Outcome alone = run_fbert({"eval", "--model", folder, "--csv", file, "--format", "json"});
  ASSERT_EQ(alone.exit_code, 0) << alone.errors;
  const auto of_folder = nlohmann::json::parse(alone.output);
  ASSERT_EQ(of_folder["variants"].size(), 1u);
  EXPECT_EQ(of_folder["variants"][0]["name"], "int8");
}

TEST_F(Eval, RegressionModelsGetCorrelations) {
  TinyModel tiny;
  tiny.labels = {"similarity"};
  tiny.problem_type = "regression";
  tiny.write(model());
  const std::string file = write("a.csv", "sentence1,sentence2,label\na,b,0.5\nc d,e,2\nf,a b c,1\n");
  const auto report = eval({"--csv", file});
  EXPECT_THAT(keys_of(report["variants"][0]),
              ElementsAre("name", "pearson", "spearman", "mse", "eval_loss", "model_size", "file_bytes", "mean_ms",
                          "seconds", "rows_per_second"));
  const auto& variant = report["variants"][1];
  EXPECT_EQ(variant["eval_loss"], variant["mse"]);
  EXPECT_THAT(keys_of(variant["degradation"]),
              ElementsAre("difference", "interval", "compression_ratio", "speed_up", "status"));
  const auto& interval = variant["degradation"]["interval"]["mse"];
  EXPECT_LE(interval[0], interval[1]);
  EXPECT_THAT(fbert("eval", {"--csv", file}).output, HasSubstr("95 % interval"));
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
#if FBERT_UNDER_ASAN || FBERT_UNDER_TSAN
  GTEST_SKIP() << "sanitizers keep memory of their own";
#endif
  TinyModel tiny;
  tiny.labels.clear();
  for (int id = 0; id < 20000; ++id) tiny.labels.push_back("l" + std::to_string(id));
  tiny.write(model());
  std::string rows = "text,label\n";
  for (int i = 0; i < 5000; ++i) rows += "a,1\n";
  const Outcome outcome = fbert("eval", {"--csv", write("a.csv", rows), "--format", "json", "--variant", "fp32"});
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
}  // namespace fbert::testing::eval_models_test
