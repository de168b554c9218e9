#include "metrics/squad.h"

#include <gmock/gmock.h>

#include "loader/atomic_file.h"
#include "tests/cli/rows.h"
#include "tests/cli/tiny_model_fixture.h"

namespace fbert {
namespace {

using testing::error_of;
using ::testing::HasSubstr;

class Squad : public ::testing::Test {
 protected:
  std::filesystem::path write(const std::string& name, const std::string& text) const {
    testing::write_text(folder_.path() / name, text);
    return folder_.path() / name;
  }
  // A data file of one paragraph with these questions.
  std::filesystem::path data(const std::string& questions) const {
    return write("data.json", R"({"version": "1.1", "data": [{"paragraphs": [{"qas": [)" + questions + "]}]}]}");
  }
  SquadScore score(const std::string& questions, const std::string& predictions) const {
    return score_squad(data(questions), write("predictions.json", predictions));
  }

 private:
  testing::TemporaryFolder folder_;
};

TEST(SquadNormalized, LowersAndRemovesPunctuationArticlesAndSpaces) {
  EXPECT_EQ(squad_normalized("  The Cat's   a  Theme, AN apple!\t\n"), "cats theme apple");
  EXPECT_EQ(squad_normalized("a-n"), "");  // punctuation goes first, so an article can appear
  EXPECT_EQ(squad_normalized("The"), "");
  EXPECT_EQ(squad_normalized("$1,000"), "1000");
}

TEST(SquadNormalized, KnowsLettersAndSpacesOutsideAscii) {
  EXPECT_EQ(squad_normalized("\xC3\x89T\xC3\x89\xC2\xA0"
                             "a\xE2\x80\x83"
                             "b"),
            "\xC3\xA9t\xC3\xA9 b");
  EXPECT_EQ(squad_normalized("a\xC3\xA9 the\xC2\xBD"), "a\xC3\xA9 the\xC2\xBD");  // parts of words are no articles
  EXPECT_EQ(squad_normalized("a\xE2\x80\x94"
                             "b"),
            "\xE2\x80\x94"
            "b");  // a dash is neither word nor ASCII
}

TEST(SquadF1, IsTheHarmonicMeanOverTheBagOfWords) {
  EXPECT_EQ(squad_f1("the big cat", "Big cat!"), 1);
  EXPECT_DOUBLE_EQ(squad_f1("x y z", "y"), 0.5);
  EXPECT_DOUBLE_EQ(squad_f1("x x y", "x y y"), 2.0 / 3);
  EXPECT_EQ(squad_f1("x", "y"), 0);
  EXPECT_EQ(squad_f1("", ""), 0);  // as the official script has it, though both are equal
}

TEST_F(Squad, TakesTheBestGoldAnswerAndCountsMissingOnes) {
  const SquadScore found = score(R"({"id": "1", "answers": [{"text": "red"}, {"text": "the Blue car"}]},
                                    {"id": "2", "answers": [{"text": "x"}]},
                                    {"id": "3", "answers": [{"text": "two words"}]})",
                                 R"({"1": "blue car", "3": "words", "4": "not asked"})");
  EXPECT_EQ(found.questions, 3);
  EXPECT_EQ(found.unanswered, 1);
  EXPECT_DOUBLE_EQ(found.exact_match, 100.0 / 3);
  EXPECT_DOUBLE_EQ(found.f1, 100 * (1 + 2.0 / 3) / 3);
}

TEST_F(Squad, RefusesFilesOfAnotherForm) {
  const std::string question = R"({"id": "1", "answers": [{"text": "x"}]})";
  EXPECT_THAT(error_of([&] { score("", "{}"); }), HasSubstr("data.json: no questions"));
  EXPECT_THAT(error_of([&] { score(question, "[]"); }), HasSubstr("predictions.json"));
  EXPECT_THAT(error_of([&] { score(question, R"({"1": 2})"); }),
              HasSubstr("predictions.json: key '1': expected an answer, found number"));
  EXPECT_THAT(error_of([&] { score(R"({"id": "1", "answers": 3})", "{}"); }),
              HasSubstr("data.json: key 'data[0].paragraphs[0].qas[0].answers': expected an array"));
  EXPECT_THAT(error_of([&] { score(R"({"answers": []})", "{}"); }), HasSubstr("qas[0].id"));
  EXPECT_THAT(error_of([&] { score_squad("none.json", "none.json"); }), HasSubstr("none.json"));
}

// What the official script gives for published predictions on this file.
TEST(SquadFiles, ScoreAsWithTheOfficialScript) {
  FBERT_REQUIRE_SHARED_DATA(shared);
  const auto folder = shared / "squad";
  const SquadScore bert = score_squad(folder / "xquad.en.json", folder / "predictions-v1.1-BERT-ensemble.json");
  EXPECT_EQ(bert.questions, 1190);
  EXPECT_EQ(bert.unanswered, 0);
  EXPECT_NEAR(bert.exact_match, 74.8739, 5e-5);
  EXPECT_NEAR(bert.f1, 86.3247, 5e-5);
  const SquadScore lstm = score_squad(folder / "xquad.en.json", folder / "predictions-v1.1-Match-LSTM.json");
  EXPECT_NEAR(lstm.exact_match, 61.0924, 5e-5);
  EXPECT_NEAR(lstm.f1, 72.6671, 5e-5);
}

TEST_F(Squad, CommandPrintsEveryForm) {
  const std::string questions = data(R"({"id": "1", "answers": [{"text": "x"}]})").string();
  const std::string answers = write("answers.json", R"({"1": "the x"})").string();
  const std::string out = (std::filesystem::path(answers).parent_path() / "out").string();
  const auto run = [&](const char* format) {
    return testing::run_fbert({"eval", "--squad", questions, "--predictions", answers, "--format", format}).output;
  };
  EXPECT_EQ(run("table"),
            "questions  unanswered  exact match        f1\n        1           0     100.0000  100.0000\n");
  EXPECT_EQ(run("csv"), "questions,unanswered,exact_match,f1\n1,0,100,100\n");
  EXPECT_EQ(nlohmann::json::parse(run("json"))["exact_match"], 100);
  EXPECT_THAT(run("md"), HasSubstr("| --------: |"));
  testing::run_fbert({"eval", "--squad", questions, "--predictions", answers, "--output-dir", out});
  EXPECT_EQ(read_file(std::filesystem::path(out) / "results.json", 10000), run("json"));
  EXPECT_EQ(read_file(std::filesystem::path(out) / "results.csv", 10000), run("csv"));
  testing::expect_failure(testing::run_fbert({"eval", "--squad", questions}), 2, "--predictions");
  testing::expect_failure(
      testing::run_fbert({"eval", "--squad", questions, "--predictions", answers, "--csv", "x.csv"}), 2, "--csv");
}

}  // namespace
}  // namespace fbert
