#include "data/row_loop.h"

#include <gmock/gmock.h>

#include <cmath>
#include <string>
#include <vector>

#include "data/labels.h"
#include "tests/cli/rows.h"

namespace fbert::row_loop_test {
namespace {

using ::testing::ElementsAre;
using testing::error_of;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A model whose logit is the length of a text; it refuses `refused`.
RowLoop::Model lengths(const std::string& refused = "", std::vector<size_t>* calls = nullptr) {
  return [refused, calls](std::span<const TextInput> inputs) {
    std::vector<Prediction> predictions;
    for (size_t i = 0; i < inputs.size(); ++i) {
      if (inputs[i].text == refused) throw InputError(ErrorCode::kData, i, "the text is refused");
      predictions.push_back({.logits = {static_cast<float>(inputs[i].text.size())}, .scores = {}});
    }
    if (calls != nullptr) calls->push_back(inputs.size());
    return predictions;
  };
}

class RowLoopTest : public ::testing::Test {
 protected:
  RowLoopTest() {
    loop_.models = {lengths()};
    loop_.gold_of = [](const std::string& label) { return Gold{.value = parse_gold_value(label)}; };
    loop_.most_window_rows = 4;
    loop_.take = [this](const ModelRows& rows) {
      EXPECT_EQ(rows.predictions.size(), loop_.models.size());
      EXPECT_EQ(rows.seconds.size(), loop_.models.size());
      windows_.push_back(rows.inputs.size());
      refused_.push_back(rows.refused);
      for (size_t row = 0; row < rows.inputs.size(); ++row) {
        texts_.push_back(rows.inputs[row].text);
        lines_.push_back(rows.lines[row]);
        if (!rows.gold.empty()) gold_.push_back(rows.gold[row].value);
        for (const std::vector<Prediction>& of_model : rows.predictions) {
          EXPECT_EQ(of_model.at(row).logits.at(0), static_cast<float>(rows.inputs[row].text.size()));
        }
      }
    };
  }

  RowLoopResult run(const std::string& csv) {
    Reader reader = Reader::from_input(Input::from_string(csv, "data"), Format::kCsv,
                                       {.columns = {.label_required = static_cast<bool>(loop_.gold_of)}});
    return run_row_loop(reader, loop_);
  }

  void skip_bad_rows() {
    loop_.bad_row = [this](const RowError& error) { bad_.emplace_back(error.what()); };
  }

  RowLoop loop_;
  std::vector<size_t> windows_;
  std::vector<bool> refused_;
  std::vector<std::string> texts_;
  std::vector<uint64_t> lines_;
  std::vector<double> gold_;
  std::vector<std::string> bad_;
};

TEST_F(RowLoopTest, TakesAllRowsInWindowsThatGrow) {
  const RowLoopResult result = run("text,label\na,1\nbb,2\nc,3\nd,4\ne,5\nf,6\ng,7\nh,8\n");
  EXPECT_THAT(windows_, ElementsAre(1, 2, 4, 1));
  EXPECT_THAT(texts_, ElementsAre("a", "bb", "c", "d", "e", "f", "g", "h"));
  EXPECT_THAT(lines_, ElementsAre(2, 3, 4, 5, 6, 7, 8, 9));
  EXPECT_THAT(gold_, ElementsAre(1, 2, 3, 4, 5, 6, 7, 8));
  EXPECT_EQ(result.tally.texts(), 8);
  EXPECT_EQ(result.left_out, 0);
}

TEST_F(RowLoopTest, RowsNeedNoLabels) {
  loop_.gold_of = {};
  EXPECT_EQ(run("text\na\nb\n").tally.texts(), 2);
  EXPECT_THAT(gold_, IsEmpty());
}

TEST_F(RowLoopTest, ThrowsTheFirstBadRow) {
  EXPECT_EQ(error_of([&] { run("text,label\na,1\nb,x\n"); }),
            "1: data: line 3: expected a finite number as the gold value, found 'x'");
  loop_.models = {lengths("c")};
  EXPECT_EQ(error_of([&] { run("text,label\na,1\nc,2\n"); }), "1: data: line 3: the text is refused");
  EXPECT_THAT(error_of([&] { run("text,label\na,1\nb\n"); }), HasSubstr("line 3"));
}

TEST_F(RowLoopTest, LeavesOutBadRowsAndKeepsTheOthersTogether) {
  skip_bad_rows();
  loop_.first_window_rows = loop_.most_window_rows = 16;
  loop_.models = {lengths("ccc"), lengths("eeeee")};
  const RowLoopResult result = run("text,label\na,1\nbb,x\nccc,3\ndddd,4\neeeee,5\nf\ngg,7\n");
  EXPECT_THAT(texts_, ElementsAre("a", "dddd", "gg"));
  EXPECT_THAT(lines_, ElementsAre(2, 5, 8));
  EXPECT_THAT(gold_, ElementsAre(1, 4, 7));
  EXPECT_THAT(refused_, ElementsAre(true));
  EXPECT_THAT(bad_, ElementsAre(HasSubstr("line 7"), HasSubstr("line 3: expected a finite number"),
                                "data: line 4: the text is refused", "data: line 6: the text is refused"));
  EXPECT_EQ(result.left_out, 4);
  EXPECT_EQ(result.tally.texts(), 3);
}

TEST_F(RowLoopTest, ReportsARowThatAllModelsRefuseOnce) {
  skip_bad_rows();
  loop_.models = {lengths("b"), lengths("b")};
  EXPECT_EQ(run("text,label\na,1\nb,2\nc,3\n").left_out, 1);
  EXPECT_EQ(bad_.size(), 1u);
}

TEST_F(RowLoopTest, TakesNoWindowWithoutRows) {
  skip_bad_rows();
  EXPECT_EQ(run("text,label\na,x\nb,y\nc,z\n").tally.texts(), 0);
  EXPECT_THAT(windows_, IsEmpty());
}

TEST_F(RowLoopTest, BadRowsAreNoneOfTheMostRows) {
  skip_bad_rows();
  loop_.max_rows = 2;
  std::vector<double> fractions;
  loop_.progress = [&](int64_t, std::optional<double> fraction) { fractions.push_back(*fraction); };
  EXPECT_EQ(run("text,label\na,1\nb,x\nc,3\nd,4\ne,5\n").tally.texts(), 2);
  EXPECT_THAT(texts_, ElementsAre("a", "c"));
  EXPECT_EQ(fractions.back(), 1);
}

TEST_F(RowLoopTest, EachModelBeginsInItsTurn) {
  std::vector<int> order;
  loop_.models.clear();
  for (const int model : {0, 1}) {
    loop_.models.emplace_back([&order, model](std::span<const TextInput> inputs) {
      order.push_back(model);
      return lengths()(inputs);
    });
  }
  loop_.most_window_rows = 1;
  run("text,label\na,1\nb,2\nc,3\n");
  // The last read finds the end of the file.
  EXPECT_THAT(std::vector<int>(order.begin(), order.begin() + 6), ElementsAre(0, 1, 1, 0, 0, 1));
}

}  // namespace
}  // namespace fbert::row_loop_test
