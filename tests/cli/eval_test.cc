#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <sstream>

#include "tests/cli/tiny_model_fixture.h"

namespace fbert::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
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
  std::string file_of(const std::string& name) const { return file(name).string(); }
  static std::string read_text(const std::string& path) {
    std::ifstream input(path);
    return {std::istreambuf_iterator<char>(input), {}};
  }
};

TEST_F(Eval, JsonHasTheDocumentedFields) {
  const std::string good = label_of("a b");
  const std::string file = write("data.csv", "text,label\na b," + good + "\na b," + good + "\na b," +
                                                 (good == "no" ? "yes" : "no") + "\na b," + good + "\n");
  const auto report = eval({"--csv", file});
  EXPECT_THAT(keys_of(report),
              ElementsAre("model", "file", "task", "rows", "skipped", "truncated", "reading_seconds", "variants"));
  EXPECT_EQ(report["rows"], 4);
  EXPECT_EQ(report["skipped"], 0);
  EXPECT_TRUE(report["task"].is_null());
  EXPECT_GT(report["reading_seconds"], 0);
  EXPECT_EQ(report["variants"].size(), 2U);
  const auto& variant = report["variants"][0];
  EXPECT_THAT(keys_of(variant),
              ElementsAre("name", "accuracy", "precision", "recall", "f1", "eval_loss", "model_size", "file_bytes",
                          "mean_ms", "seconds", "rows_per_second", "per_class", "confusion_matrix"));
  EXPECT_EQ(variant["name"], "fp32");
  EXPECT_DOUBLE_EQ(variant["accuracy"], 0.75);
  EXPECT_DOUBLE_EQ(variant["recall"], 0.75);
  EXPECT_DOUBLE_EQ(variant["precision"], 0.75 * 0.75);
  EXPECT_DOUBLE_EQ(variant["f1"], 0.75 * (2 * 0.75 / 1.75));
  EXPECT_DOUBLE_EQ(variant["mean_ms"], variant["seconds"].get<double>() / 4 * 1000);
  EXPECT_THAT(keys_of(variant["per_class"][0]), ElementsAre("label", "rows", "precision", "recall", "f1"));
  EXPECT_EQ(variant["confusion_matrix"].size(), 3u);
  const auto& other = report["variants"][1];
  EXPECT_EQ(other["name"], "int8");
  EXPECT_LT(other["model_size"], variant["model_size"]);
  EXPECT_THAT(keys_of(other["degradation"]), ElementsAre("difference", "accuracy_drop", "changed", "broken", "fixed",
                                                         "mcnemar", "compression_ratio", "speed_up", "status"));
  EXPECT_EQ(other["degradation"]["changed"], 0);
  EXPECT_EQ(other["degradation"]["status"], "ok");
}

// The mean cross entropy, from the scores that run gives.
TEST_F(Eval, LossIsThatOfTheScores) {
  double loss = 0;
  for (const char* text : {"a b", "c"}) {
    loss -= std::log(json_lines("run", {"--format", "jsonl", "--all-scores", text})[0]["scores"]["yes"].get<double>());
  }
  const auto report = eval({"--csv", write("data.csv", "text,label\na b,yes\nc,1\n"), "--variant", "fp32"});
  EXPECT_NEAR(report["variants"][0]["eval_loss"], loss / 2, 1e-6);
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
              AllOf(StartsWith("variant,rows,skipped,truncated,accuracy,precision,recall,f1,eval_loss,model_size,"
                               "file_bytes,mean_ms,seconds,rows_per_second,compression_ratio,speed_up,accuracy_drop,"
                               "changed,broken,fixed,p_value,status\nfp32,2,0,0,"),
                    HasSubstr("\nint8,2,0,0,"), EndsWith(",ok\n")));
  EXPECT_THAT(fbert("eval", {"--csv", file, "--format", "md"}).output, HasSubstr("\n| variant | accuracy |"));
}

TEST_F(Eval, TableFitsATerminalOfEightyColumns) {
  const Outcome outcome = fbert("eval", {"--csv", write("a.csv", "text,label\na,0\nb,1\n")});
  EXPECT_THAT(outcome.output, HasSubstr("\ndifferences from fp32\n"));
  std::istringstream lines(outcome.output);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("model") || line.starts_with("data")) continue;
    EXPECT_LE(line.size(), 80u) << line;
  }
}

TEST_F(Eval, ShowsLabelsAndConfusionMatrixOnRequest) {
  const std::string file = write("a.csv", "text,label\na,no\nb,yes\n");
  const std::string output =
      fbert("eval", {"--csv", file, "--per-class", "--confusion-matrix", "--variant", "fp32"}).output;
  EXPECT_THAT(output, HasSubstr("\nlabels with fp32\nlabel  rows  precision  recall      f1\nno        1 "));
  EXPECT_THAT(output, HasSubstr("\nconfusion matrix with fp32\ngold \\ predicted  no  yes  maybe\n"));
  EXPECT_THAT(output, Not(HasSubstr("differences")));
}

TEST_F(Eval, ShowsTheMetricsThatAreAskedFor) {
  const std::string file = write("a.csv", "text,label\na,no\nb,yes\n");
  const auto report = eval({"--csv", file, "--metrics", "mcc, f1_macro", "--variant", "fp32"});
  EXPECT_THAT(keys_of(report["variants"][0]),
              ElementsAre("name", "accuracy", "mcc", "f1_macro", "eval_loss", "model_size", "file_bytes", "mean_ms",
                          "seconds", "rows_per_second", "per_class", "confusion_matrix"));
  expect_failure(fbert("eval", {"--csv", file, "--metrics", "f2"}), 2, "--metrics: 'f2' is none of this model's: accu");
  expect_failure(fbert("eval", {"--csv", file, "--metrics", "pearson"}), 2, "'pearson'");
}

TEST_F(Eval, WritesResultsIntoAFolder) {
  const std::string file = write("a.csv", "text,label\na,no\nb,yes\n");
  const std::string folder = file_of("new/results");
  const auto report = eval({"--csv", file, "--output-dir", folder});
  const auto written = nlohmann::ordered_json::parse(read_text(folder + "/results.json"));
  EXPECT_EQ(written, report);
  EXPECT_THAT(read_text(folder + "/results.csv"), StartsWith("variant,rows,"));
  expect_failure(fbert("eval", {"--csv", file, "--output-dir", file}), 1, "a.csv");
}

TEST_F(Eval, FilesThatCannotBeWrittenDoNotCostTheResult) {
  const std::string data = write("a.csv", "text,label\na,no\nb,yes\n");
  std::filesystem::create_directories(file("results") / "results.json");
  const Outcome late = fbert("eval", {"--csv", data, "--output-dir", file_of("results")});
  EXPECT_EQ(late.exit_code, 1);
  EXPECT_THAT(late.errors, HasSubstr("results.json"));
  EXPECT_THAT(late.output, HasSubstr("accuracy"));
  expect_failure(fbert("eval", {"--csv", data, "--html", file_of("missing/page.html")}), 1, "page.html");
}

TEST_F(Eval, AlignsLabelsByTheNamesOfTheTask) {
  TinyModel tiny;
  tiny.labels = {"contradiction", "entailment", "neutral"};
  tiny.write(model());
  const std::string gold = label_of("a b");
  const std::vector<std::string> glue = {"entailment", "neutral", "contradiction"};
  const auto number = std::find(glue.begin(), glue.end(), gold) - glue.begin();
  const std::string file = write("mnli.tsv", "a b\tc\t" + std::to_string(number) + "\n");
  const auto pair = json_lines("run", {"--format", "jsonl", "a b", "--pair", "c"})[0]["label"].get<std::string>();
  const auto report = eval({"--csv", file, "--task", "mnli"});
  EXPECT_EQ(report["variants"][0]["accuracy"], pair == gold ? 1 : 0);
  const auto named = eval({"--tsv", write("named.tsv", "a b\tc\t" + pair + "\n"), "--task", "mnli"});
  EXPECT_EQ(named["variants"][0]["accuracy"], 1);
  EXPECT_EQ(named["task"], "mnli");
}

TEST_F(Eval, RefusesTasksThatDoNotFitTheModel) {
  const std::string file = write("a.csv", "text,label\na,0\n");
  expect_failure(fbert("eval", {"--csv", file, "--task", "sst2"}), 2, "the task has the 2 labels 0 'negative'");
  expect_failure(fbert("eval", {"--csv", file, "--task", "stsb"}), 2, "--task stsb: the task is about values");
  expect_failure(fbert("eval", {"--csv", file, "--task", "sst3"}), 2, "--task: 'sst3' is none of sst2, mrpc");
}

TEST_F(Eval, NormalizesAndRenamesLabels) {
  TinyModel tiny;
  tiny.labels = {"0_no", "1_yes", "2_maybe"};
  tiny.write(model());
  const std::string good = label_of("a b");
  const std::string other_prefix = "7_" + good.substr(2);
  const auto accuracy = [&](const std::string& label, std::vector<std::string> options) {
    options.insert(options.end(), {"--csv", write("a.csv", "text,label\na b," + label + "\n")});
    return eval(options)["variants"][0]["accuracy"].get<double>();
  };
  EXPECT_EQ(accuracy(other_prefix, {"--normalize-labels"}), 1);
  EXPECT_EQ(accuracy(good.substr(2), {"--normalize-labels"}), 1);
  EXPECT_EQ(accuracy("fine", {"--label-map", "fine=" + good}), 1);
  EXPECT_EQ(accuracy("fine", {"--normalize-labels", "--label-map", "bad=no, fine=" + good.substr(2)}), 1);
  const std::string file = write("a.csv", "text,label\na b,fine\n");
  expect_failure(fbert("eval", {"--csv", file}), 1, "line 2: label 'fine' is none of the model's: 0 '0_no'");
  expect_failure(fbert("eval", {"--csv", file, "--label-map", "fine=great"}), 2, "fbert: --label-map: label 'great'");
  expect_failure(fbert("eval", {"--csv", file, "--label-map", "fine"}), 2, "--label-map: 'fine' is not GOLD=LABEL");
}

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
  arguments.insert(arguments.end(), {"--variant", "fp32"});
  EXPECT_EQ(fbert("eval", arguments).errors, "fbert: 4 of 7 rows were left out (--bad-rows report says which)\n");
}

TEST_F(EvalBadRows, AreReportedOnceEach) {
  std::vector<std::string> arguments = {"--csv", data(), "--bad-rows", "report"};
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

TEST_F(Eval, ReadsJsonArrays) {
  const std::string one = write("one.json", R"([{"text": "a", "label": 0}, {"text": "b", "label": "yes"}])");
  EXPECT_EQ(eval({"--json", one})["rows"], 2);
  const std::string several = write("two.json", R"({"mnli": [{"premise": "a", "hypothesis": "b", "label": 0}],
                                                    "other": [{"text": "a", "label": 5}]})");
  EXPECT_EQ(eval({"--json", several, "--task", "mnli"})["rows"], 1);
  expect_failure(fbert("eval", {"--json", several, "--json-key", "other"}), 1, "two.json: entry 1: label '5'");
  expect_failure(fbert("eval", {"--json", several}), 1,
                 "no array of rows chosen (--json-key or --task); there is 'mnli', 'other'");
  expect_failure(fbert("eval", {"--json", several, "--json-key", "third"}), 1,
                 "no array of rows 'third'; there is 'mnli', 'other'");
  expect_failure(fbert("eval", {"--json", write("b.json", "[1]")}), 1, "b.json: entry 1: expected an object");
  expect_failure(fbert("eval", {"--csv", one, "--json-key", "other"}), 2, "--json-key");
}

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
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
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
}  // namespace fbert::testing
