#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <sstream>

#include "tests/cli/eval_fixture.h"

namespace fbert::testing::eval_test {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

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

}  // namespace
}  // namespace fbert::testing::eval_test
