#include "metrics/squad.h"

#include <gmock/gmock.h>

#include "cli/eval/squad.h"
#include "loader/atomic_file.h"
#include "tests/cli/rows.h"
#include "tests/cli/tiny_model_fixture.h"

namespace fbert::squad_test {
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
    return score_squad_files(data(questions).string(), write("predictions.json", predictions).string(), "");
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
  EXPECT_THAT(error_of([&] { score_squad_files("none.json", "none.json", ""); }), HasSubstr("none.json"));
}

// What the official script gives for published predictions on this file.
TEST(SquadFiles, ScoreAsWithTheOfficialScript) {
  FBERT_REQUIRE_SHARED_DATA(shared);
  const auto folder = shared / "squad";
  const auto score = [&](const char* predictions) {
    return score_squad_files(folder / "xquad.en.json", folder / predictions, "");
  };
  const SquadScore bert = score("predictions-v1.1-BERT-ensemble.json");
  EXPECT_EQ(bert.questions, 1190);
  EXPECT_EQ(bert.unanswered, 0);
  EXPECT_NEAR(bert.exact_match, 74.8739, 5e-5);
  EXPECT_NEAR(bert.f1, 86.3247, 5e-5);
  const SquadScore lstm = score("predictions-v1.1-Match-LSTM.json");
  EXPECT_NEAR(lstm.exact_match, 61.0924, 5e-5);
  EXPECT_NEAR(lstm.f1, 72.6671, 5e-5);
}

// By hand after the official script of v2.0.
class SquadWithoutAnswers : public ::testing::Test {
 protected:
  // Questions "1" and "2" have answers, "3" and "4" have none.
  static constexpr const char* kData = R"({"version": "v2.0", "data": [{"paragraphs": [{"qas": [
      {"id": "1", "answers": [{"text": "red car"}, {"text": "the"}], "is_impossible": false},
      {"id": "2", "answers": [{"text": "x"}], "is_impossible": false},
      {"id": "3", "answers": [], "is_impossible": true}, {"id": "4", "answers": [], "is_impossible": true}]}]}]})";
  static constexpr const char* kAnswers = R"({"1": "car", "2": "x", "3": "", "4": "y"})";

  static SquadScore score(const char* answers, const char* probabilities = nullptr) {
    const SquadFile file{probabilities == nullptr ? "" : probabilities, "na.json"};
    return score_squad({kData, "data.json"}, {answers, "answers.json"}, probabilities == nullptr ? nullptr : &file);
  }
};

TEST_F(SquadWithoutAnswers, AnEmptyAnswerIsRightWhereThereIsNone) {
  const SquadScore found = score(kAnswers);
  EXPECT_EQ(found.questions, 4);
  EXPECT_DOUBLE_EQ(found.exact_match, 50);
  EXPECT_DOUBLE_EQ(found.f1, 100 * (2.0 / 3 + 1 + 1) / 4);
  ASSERT_TRUE(found.no_answers);
  EXPECT_EQ(found.no_answers->with_answer->questions, 2);
  EXPECT_DOUBLE_EQ(found.no_answers->with_answer->exact_match, 50);
  EXPECT_DOUBLE_EQ(found.no_answers->without_answer->f1, 50);
  EXPECT_FALSE(found.no_answers->best_exact);
  EXPECT_DOUBLE_EQ(score(R"({"1": "", "2": "the", "3": "the", "4": "!"})").exact_match, 50);
  EXPECT_EQ(score(R"({"2": "x"})").unanswered, 3);
  EXPECT_DOUBLE_EQ(score(R"({"2": "x"})").exact_match, 25);
}

TEST_F(SquadWithoutAnswers, BestThresholdsTakeAnswersInByTheirProbability) {
  // No answers: 2 of 4. With "2": 3; with "3", which is empty, no change; with "1": f1 3 2/3; with "4": one less.
  const SquadScore found = score(kAnswers, R"({"4": 0.9, "3": 0.2, "2": 0.1, "1": 0.5, "other": 0})");
  EXPECT_DOUBLE_EQ(found.no_answers->best_exact->score, 75);
  EXPECT_DOUBLE_EQ(found.no_answers->best_exact->threshold, 0.1);
  EXPECT_DOUBLE_EQ(found.no_answers->best_f1->score, 100 * (3 + 2.0 / 3) / 4);
  EXPECT_DOUBLE_EQ(found.no_answers->best_f1->threshold, 0.5);
  EXPECT_DOUBLE_EQ(found.exact_match, 50);
  const SquadScore above_one = score(kAnswers, R"({"1": 2, "2": 0, "3": 0, "4": 1.5})");
  EXPECT_DOUBLE_EQ(above_one.exact_match, 75);
}

TEST_F(SquadWithoutAnswers, ProbabilitiesMustBeThereForEveryPrediction) {
  EXPECT_EQ(error_of([&] { score(kAnswers, R"({"1": 0, "2": 0, "3": 0})"); }),
            "1: na.json: no probability for question '4'");
  EXPECT_THAT(error_of([&] { score(kAnswers, "[1]"); }), HasSubstr("na.json: byte 0: expected an object"));
  EXPECT_THAT(error_of([&] { score(kAnswers, R"({"1": "x"})"); }), HasSubstr("na.json: byte 6: expected a number"));
}

TEST_F(Squad, CommandScoresFilesOfV2) {
  const std::string questions =
      data(R"({"id": "1", "answers": [{"text": "x"}]}, {"id": "2", "answers": [], "is_impossible": true})").string();
  const std::string answers = write("answers.json",
                                    "\xEF\xBB\xBF"
                                    R"({"1": "the x", "2": ""})")
                                  .string();
  const std::string na = write("na.json", R"({"1": 0.25, "2": 0.75})").string();
  const auto run = [&](const char* format) {
    return testing::run_fbert(
        {"eval", "--squad", questions, "--predictions", answers, "--na-probabilities", na, "--format", format});
  };
  const auto json = nlohmann::ordered_json::parse(run("json").output);
  EXPECT_THAT(testing::keys_of(json),
              ::testing::ElementsAre("questions", "unanswered", "exact_match", "f1", "exact", "total", "HasAns_exact",
                                     "HasAns_f1", "HasAns_total", "NoAns_exact", "NoAns_f1", "NoAns_total",
                                     "best_exact", "best_exact_thresh", "best_f1", "best_f1_thresh"));
  EXPECT_EQ(json["NoAns_exact"], 100);
  EXPECT_EQ(json["best_f1_thresh"], 0.25);
  EXPECT_THAT(run("csv").output, HasSubstr("\n2,0,100,100,100,2,100,100,1,100,100,1,100,0.25,100,0.25\n"));
  EXPECT_THAT(run("table").output, HasSubstr("without                 1     100.0000  100.0000\n"));
  const std::string v1 = data(R"({"id": "1", "answers": [{"text": "x"}]})").string();
  testing::expect_failure(
      testing::run_fbert({"eval", "--squad", v1, "--predictions", answers, "--na-probabilities", na}), 2,
      "--na-probabilities: every question of ");
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
}  // namespace fbert::squad_test
