#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>

#include "tests/cli/tiny_model_fixture.h"

namespace fbert::testing::compare_test {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// Texts of the tiny model's words that the two random models label differently often enough.
const char* const kTexts[] = {"a", "b", "c", "a b", "b c", "c a", "a a", "b b", "c c", "a b c", "c b a", "b a"};

class Compare : public ProgramTest {
 protected:
  std::string other_model(unsigned seed = 2, std::vector<std::string> labels = {"no", "yes", "maybe"}) const {
    TinyModel tiny;
    tiny.seed = seed;
    tiny.labels = std::move(labels);
    tiny.write(file("other"));
    return file("other").string();
  }

  std::string label_of(const std::string& folder, const std::string& text) const {
    const Outcome outcome = run_fbert({"run", "--model", folder, "--format", "jsonl", text});
    return nlohmann::ordered_json::parse(outcome.output)["label"];
  }

  // All texts, with the labels that the model in `folder` gives them.
  std::string labelled_by(const std::string& folder) const {
    std::string csv = "text,label\n";
    for (const char* text : kTexts) csv += std::string(text) + "," + label_of(folder, text) + "\n";
    return write("data.csv", csv);
  }

  nlohmann::ordered_json compare(std::vector<std::string> arguments) const {
    arguments.insert(arguments.end(), {"--format", "json"});
    const Outcome outcome = fbert("compare", arguments);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
    return nlohmann::ordered_json::parse(outcome.output);
  }
};

TEST_F(Compare, AModelAgreesWithItself) {
  const auto report = compare({"fp32", "fp32", "--csv", labelled_by(model())});
  EXPECT_EQ(report["rows"], 12);
  EXPECT_EQ(report["changed"], 0);
  EXPECT_EQ(report["first"]["accuracy"], 1.0);
  EXPECT_EQ(report["logit_distance"]["max"], 0);
  EXPECT_EQ(report["mcnemar"]["p_value"], 1);
  EXPECT_EQ(report["sqnr"]["rows"], 12);
  EXPECT_EQ(report["sqnr"]["layers"].size(), 3U);  // the embeddings and two layers
  for (const auto& layer : report["sqnr"]["layers"]) EXPECT_TRUE(layer["sqnr_db"].is_null());
}

TEST_F(Compare, RowsThatFlipAreListedWithBothAnswers) {
  const std::string other = other_model();
  const auto report = compare({model(), other, "--csv", labelled_by(model()), "--flips", "100"});
  EXPECT_GT(report["changed"], 0);
  EXPECT_EQ(report["broken"], report["changed"]);
  EXPECT_EQ(report["flips"].size(), report["changed"].get<size_t>());
  double last = INFINITY;
  for (const auto& flip : report["flips"]) {
    const std::string text = flip["text"];
    EXPECT_EQ(text, kTexts[flip["row"].get<size_t>() - 1]);
    EXPECT_EQ(flip["line"].get<size_t>(), flip["row"].get<size_t>() + 1);
    EXPECT_EQ(flip["gold"], label_of(model(), text));
    EXPECT_EQ(flip["first"]["label"], label_of(model(), text));
    EXPECT_EQ(flip["second"]["label"], label_of(other, text));
    EXPECT_EQ(flip["change"], "broken");
    EXPECT_LE(flip["logit_distance"].get<double>(), last);
    last = flip["logit_distance"];
  }
  const double drop = report["changed"].get<double>() / 12;
  EXPECT_DOUBLE_EQ(report["accuracy_drop"], drop);
  EXPECT_LE(report["accuracy_difference_interval"][0].get<double>(), -drop);
  EXPECT_GE(report["accuracy_difference_interval"][1].get<double>(), -drop);
}

TEST_F(Compare, ListsNoMoreFlipsThanAskedFor) {
  const std::string other = other_model();
  const std::string data = labelled_by(model());
  const auto all = compare({model(), other, "--csv", data});
  const auto one = compare({model(), other, "--csv", data, "--flips", "1"});
  ASSERT_EQ(one["flips"].size(), 1U);
  EXPECT_EQ(one["flips"][0], all["flips"][0]);
  EXPECT_EQ(one["changed"], all["changed"]);
}

TEST_F(Compare, MaxDropDecidesTheExitStatus) {
  const std::string other = other_model();
  const std::string data = labelled_by(model());
  const Outcome worse = fbert("compare", {model(), other, "--csv", data, "--max-drop", "0.5pt"});
  EXPECT_EQ(worse.exit_code, 1);
  EXPECT_THAT(worse.errors, HasSubstr("more than --max-drop allows (0.5pt)"));
  EXPECT_THAT(worse.output, HasSubstr("accuracy"));
  EXPECT_EQ(fbert("compare", {model(), other, "--csv", data, "--max-drop", "100pt"}).exit_code, 0);
  EXPECT_EQ(fbert("compare", {other, model(), "--csv", data, "--max-drop", "0pt"}).exit_code, 0);
}

TEST_F(Compare, MaxDropIsInPoints) {
  const std::string data = labelled_by(model());
  for (const char* wrong : {"0.5%", "0.5", "pt", "-1pt", "101pt", "nanpt"}) {
    expect_failure(fbert("compare", {"fp32", "int8", "--csv", data, "--max-drop", wrong}), 2, "--max-drop: ");
  }
  expect_failure(fbert("compare", {"fp32", "int8", "--csv", data, "--no-labels", "--max-drop", "1pt"}), 2,
                 "--max-drop");
}

TEST_F(Compare, LabelsAreAlignedByName) {
  const std::string data = write("data.csv", "text,label\na,no\na,yes\na,2\n");
  // The same weights under other names: logit 0 is "no" here and "yes" there.
  const auto report = compare({model(), other_model(1, {"Yes", "maybe", "no"}), "--csv", data});
  const std::vector<double> own = json_lines("run", {"--format", "jsonl", "--logits", "a"})[0]["logits"];
  const double furthest =
      std::max({std::fabs(own[0] - own[2]), std::fabs(own[1] - own[0]), std::fabs(own[2] - own[1])});
  EXPECT_NEAR(report["logit_distance"]["max"].get<double>(), furthest, 1e-6);
  EXPECT_EQ(report["changed"], 3);
}

TEST_F(Compare, OtherLabelsAreAnError) {
  const std::string data = write("data.csv", "text,label\na,no\n");
  expect_failure(fbert("compare", {model(), other_model(2, {"no", "yes", "never"}), "--csv", data}), 1,
                 "their labels differ: 'no', 'yes', 'maybe' and 'no', 'yes', 'never'");
  expect_failure(fbert("compare", {model(), other_model(2, {"no", "yes"}), "--csv", data}), 1, "their labels differ");
}

TEST_F(Compare, WorksWithoutLabels) {
  const auto report = compare({model(), other_model(), "--csv", write("data.csv", "text\na b\nb\n"), "--no-labels"});
  EXPECT_EQ(report["rows"], 2);
  for (const char* key : {"accuracy_drop", "mcnemar", "broken"}) EXPECT_FALSE(report.contains(key)) << key;
  EXPECT_FALSE(report["first"].contains("accuracy"));
}

TEST_F(Compare, NoiseGrowsWhereValuesAreQuantised) {
  const auto layers = compare({"fp32", "int8", "--csv", labelled_by(model())})["sqnr"]["layers"];
  EXPECT_EQ(layers[0]["layer"], -1);
  EXPECT_TRUE(layers[0]["sqnr_db"].is_null());  // embeddings are not quantised
  EXPECT_GT(layers[1]["sqnr_db"], 20);
  EXPECT_LT(layers[1]["sqnr_db"], 90);
}

TEST_F(Compare, SaysWhyLayersCannotBeCompared) {
  TinyModel tiny;
  tiny.layers = 1;
  tiny.write(file("other"));
  const Outcome outcome = fbert("compare", {model(), file("other").string(), "--csv", labelled_by(model())});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_THAT(outcome.output, HasSubstr("no comparison of layers: the models differ in their layers"));
}

TEST_F(Compare, BadRowsAreAnErrorOrLeftOut) {
  const std::string data = write("data.csv", "text,label\na,no\nb,perhaps\nc,yes\n");
  expect_failure(fbert("compare", {"fp32", "int8", "--csv", data}), 1, "data.csv: line 3: ");
  const Outcome outcome = fbert("compare", {"fp32", "int8", "--csv", data, "--bad-rows", "report", "--format", "json"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.errors, HasSubstr("line 3: "));
  EXPECT_THAT(outcome.errors, HasSubstr("1 of 3 rows were left out"));
  EXPECT_EQ(nlohmann::json::parse(outcome.output)["rows"], 2);
}

TEST_F(Compare, WrongInputsAreUsageErrors) {
  const std::string data = write("data.csv", "text,label\na,no\n");
  expect_failure(fbert("compare", {"fp32", "int7", "--csv", data}), 2, "'int7' is neither fp32, int8 nor the folder");
  expect_failure(fbert("compare", {"fp32", "--csv", data}), 2, "B is required");
  expect_failure(fbert("compare", {"fp32", "int8"}), 2, "no data given");
  expect_failure(fbert("compare", {"fp32", "int8", "--csv", write("empty.csv", "text,label\n")}), 1, "no rows");
}

TEST_F(Compare, MarkdownAndTextShowWhatFlipped) {
  const std::string other = other_model();
  const std::string data = labelled_by(model());
  for (const char* format : {"md", "table"}) {
    const Outcome outcome = fbert("compare", {model(), other, "--csv", data, "--format", format});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
    EXPECT_THAT(outcome.output, HasSubstr(" of 12 rows get another label: ")) << format;
    EXPECT_THAT(outcome.output, HasSubstr("calibration error")) << format;
    EXPECT_THAT(outcome.output, HasSubstr("points of accuracy")) << format;
  }
}

class CompareScores : public Compare {
 protected:
  std::string regression_model(const std::string& name, unsigned seed) const {
    TinyModel tiny;
    tiny.seed = seed;
    tiny.labels = {"LABEL_0"};
    tiny.problem_type = "regression";
    tiny.write(file(name));
    return file(name).string();
  }

  double score_of(const std::string& folder, const std::string& text) const {
    const Outcome outcome = run_fbert({"run", "--model", folder, "--format", "jsonl", text});
    return nlohmann::ordered_json::parse(outcome.output)["score"];
  }

  // All texts, with the scores that the model in `folder` gives them.
  std::string scored_by(const std::string& folder) const {
    std::string csv = "text,label\n";
    for (const char* text : kTexts) csv += std::string(text) + "," + std::to_string(score_of(folder, text)) + "\n";
    return write("scores.csv", csv);
  }
};

TEST_F(CompareScores, ShowsHowFarScoresMoveAndHowTheyFitTheLabels) {
  const std::string a = regression_model("a", 1);
  const std::string b = regression_model("b", 2);
  const auto report = compare({a, b, "--csv", scored_by(a), "--flips", "3"});
  EXPECT_EQ(report["rows"], 12);
  EXPECT_NEAR(report["first"]["pearson"].get<double>(), 1, 1e-6);
  EXPECT_NEAR(report["first"]["mse"].get<double>(), 0, 1e-6);
  EXPECT_LT(report["second"]["pearson"], 0.999);
  double sum = 0;
  double most = 0;
  double squares = 0;
  for (const char* text : kTexts) {
    const double distance = std::fabs(score_of(a, text) - score_of(b, text));
    sum += distance;
    squares += distance * distance;
    most = std::max(most, distance);
  }
  EXPECT_NEAR(report["score_distance"]["mean"].get<double>(), sum / 12, 1e-6);
  EXPECT_NEAR(report["score_distance"]["max"].get<double>(), most, 1e-6);
  EXPECT_NEAR(report["second"]["mse"].get<double>(), squares / 12, 1e-5);
  ASSERT_EQ(report["moved"].size(), 3U);
  EXPECT_EQ(report["moved"][0]["score_distance"], report["score_distance"]["max"]);
  EXPECT_EQ(report["moved"][0]["line"], report["score_distance"]["max_line"]);
  EXPECT_NEAR(report["moved"][0]["first"].get<double>(), report["moved"][0]["gold"].get<double>(), 1e-5);
  EXPECT_GE(report["moved"][0]["score_distance"], report["moved"][1]["score_distance"]);
  for (const char* key : {"flips", "changed", "mcnemar", "per_class"}) EXPECT_FALSE(report.contains(key)) << key;
  EXPECT_EQ(report["sqnr"]["layers"].size(), 3U);
}

TEST_F(CompareScores, AModelAgreesWithItself) {
  const std::string a = regression_model("a", 1);
  const auto report = compare({a, a, "--csv", write("t.csv", "text\na\nb\nc\n"), "--no-labels"});
  EXPECT_EQ(report["score_distance"]["max"], 0);
  EXPECT_EQ(report["moved"].size(), 0U);
  EXPECT_FALSE(report["first"].contains("pearson"));
  EXPECT_NEAR(report["correlation"]["pearson"].get<double>(), 1, 1e-9);
}

TEST_F(CompareScores, MaxDropIsOfPearsonsCorrelation) {
  const std::string a = regression_model("a", 1);
  const std::string b = regression_model("b", 2);
  const std::string data = scored_by(a);
  const Outcome worse = fbert("compare", {a, b, "--csv", data, "--max-drop", "0.1pt"});
  EXPECT_EQ(worse.exit_code, 1);
  EXPECT_THAT(worse.errors, HasSubstr("Pearson's correlation drops by "));
  EXPECT_EQ(fbert("compare", {b, a, "--csv", data, "--max-drop", "0pt"}).exit_code, 0);
  const std::string constant = write("constant.csv", "text,label\na,1\nb,1\n");
  const Outcome unknown = fbert("compare", {a, b, "--csv", constant, "--max-drop", "1pt"});
  EXPECT_EQ(unknown.exit_code, 1);
  EXPECT_THAT(unknown.errors, HasSubstr("is not defined on these rows"));
}

TEST_F(CompareScores, ScoresAndLabelsCannotBeCompared) {
  const std::string a = regression_model("a", 1);
  const std::string data = write("t.csv", "text,label\na,1\n");
  expect_failure(fbert("compare", {a, model(), "--csv", data}), 1, "the first gives scores, the second labels");
  expect_failure(fbert("compare", {a, a, "--csv", write("u.csv", "text,label\na,good\n")}), 1, "u.csv: line 2: ");
}

TEST_F(CompareScores, EveryFormShowsTheRowsThatMoved) {
  const std::string a = regression_model("a", 1);
  const std::string b = regression_model("b", 2);
  const std::string data = scored_by(a);
  for (const char* format : {"md", "table"}) {
    const std::string page = file("page.html").string();
    const Outcome outcome = fbert("compare", {a, b, "--csv", data, "--format", format, "--html", page});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
    std::ifstream input(page);
    const std::string html{std::istreambuf_iterator<char>(input), {}};
    for (const std::string& text : {outcome.output, html}) {
      EXPECT_THAT(text, HasSubstr("12 of 12 rows get another score"));
      EXPECT_THAT(text, HasSubstr("mean squared error"));
      EXPECT_THAT(text, HasSubstr("The scores of B are "));
    }
  }
}

// Texts of the data must not become markup.
TEST_F(Compare, WritesAPageThatEscapesItsTexts) {
  const std::string data = write("data.csv", "text,label\na</script><b>b</b>,no\nb,no\na<img src=x>,no\n");
  const std::string page = file("page.html").string();
  const std::vector<std::string> arguments = {model(), other_model(3), "--csv", data, "--flips", "9", "--html", page};
  const Outcome outcome = fbert("compare", arguments);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_THAT(outcome.output, HasSubstr("accuracy"));  // the report is printed all the same
  std::ifstream input(page);
  const std::string html{std::istreambuf_iterator<char>(input), {}};
  EXPECT_THAT(html, StartsWith("<!DOCTYPE html>"));
  EXPECT_THAT(html, EndsWith("</html>\n"));
  EXPECT_THAT(html, HasSubstr("of 3 rows get another label"));
  for (const char* markup : {"</script>", "<b>", "<img"}) EXPECT_THAT(html, Not(HasSubstr(markup)));
  expect_failure(fbert("compare", {"fp32", "int8", "--csv", data, "--html", file("no/such/page.html").string()}), 1,
                 "page.html");
}

}  // namespace
}  // namespace fbert::testing::compare_test
