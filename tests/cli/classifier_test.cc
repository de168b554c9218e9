#include "cli/classifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/paths.h"
#include "tests/support/tiny_model.h"

namespace fbert::testing {
namespace {

using ::testing::HasSubstr;

class ClassifierTest : public ::testing::Test {
 protected:
  ClassifierTest() { TinyModel().write(folder_.path()); }

  Classifier load(const ClassifierOptions& options = {}) const { return Classifier::load(folder_.path(), options); }

  // More inputs than one window holds, of many lengths.
  static std::vector<TextInput> many_inputs() {
    std::vector<TextInput> inputs(5000);
    for (size_t i = 0; i < inputs.size(); ++i) {
      for (size_t word = 0; word <= i * 7 % 13; ++word) inputs[i].text += static_cast<char>('a' + (i + word) % 26);
      inputs[i].has_pair = i % 3 == 0;
      if (inputs[i].has_pair) inputs[i].pair = "b c";
    }
    return inputs;
  }

 private:
  TemporaryFolder folder_;
};

TEST_F(ClassifierTest, ManyInputsGiveWhatEachGivesAlone) {
  const std::vector<TextInput> inputs = many_inputs();
  Classifier alone = load({.threads = 1});
  for (const ClassifierOptions& options : {ClassifierOptions{.threads = 1}, ClassifierOptions{.threads = 4},
                                           ClassifierOptions{.threads = 2, .batch_size = 3}}) {
    Classifier classifier = load(options);
    const std::vector<Prediction> predictions = classifier.classify(inputs);
    ASSERT_EQ(predictions.size(), inputs.size());
    for (size_t i = 0; i < inputs.size(); i += 61) {
      const Prediction expected = alone.classify(std::span(&inputs[i], 1)).front();
      EXPECT_EQ(predictions[i].tokens, expected.tokens);
      for (size_t id = 0; id < 3; ++id) EXPECT_NEAR(predictions[i].logits[id], expected.logits[id], 1e-6);
    }
  }
}

TEST_F(ClassifierTest, FewInputsRunAsOneTeam) {
  Classifier classifier = load({.threads = 4});
  Classifier reference = load({.threads = 1});
  const std::vector<TextInput> inputs = {{.text = "a b"}, {.text = "c"}};
  const std::vector<Prediction> predictions = classifier.classify(inputs);
  for (size_t i = 0; i < inputs.size(); ++i) {
    EXPECT_NEAR(predictions[i].score, reference.classify(inputs[i].text).score, 1e-6);
  }
}

TEST_F(ClassifierTest, NoInputsGiveNoPredictions) {
  EXPECT_TRUE(load().classify(std::span<const TextInput>()).empty());
}

TEST_F(ClassifierTest, FirstBadInputIsNamedWhateverTheThreads) {
  std::vector<TextInput> inputs = many_inputs();
  for (const size_t bad : {4999UL, 4500UL, 4400UL}) {
    inputs[bad].text = "a \xff";
    Classifier classifier = load({.threads = 4, .strict_utf8 = true});
    try {
      classifier.classify(inputs);
      FAIL() << "no error";
    } catch (const InputError& error) {
      EXPECT_EQ(error.index(), bad);
      EXPECT_EQ(error.code(), ErrorCode::kData);
      EXPECT_THAT(error.what(), HasSubstr("input " + std::to_string(bad + 1) + ": "));
    }
  }
}

TEST_F(ClassifierTest, ErrorLeavesItUsable) {
  Classifier classifier = load({.error_on_long = true});
  const Prediction before = classifier.classify("a b");
  EXPECT_THROW(classifier.classify(std::string(400, '.')), InputError);
  EXPECT_EQ(classifier.classify("a b").logits, before.logits);
}

TEST_F(ClassifierTest, MaxLengthIsTheSmallerLimitUnlessGiven) {
  EXPECT_EQ(load().max_length(), 48);
  EXPECT_EQ(load({.max_length = 7}).max_length(), 7);
  EXPECT_EQ(load({.max_length = 7}).classify("a b c d e f g h").tokens, 7);
  EXPECT_THROW(load({.max_length = 49}), Error);
  EXPECT_THROW(load({.max_length = 2}), Error);
}

TEST_F(ClassifierTest, LabelIsTheGreatestScore) {
  const Prediction prediction = load().classify("a b c");
  ASSERT_EQ(prediction.scores.size(), 3U);
  for (const float score : prediction.scores) EXPECT_LE(score, prediction.score);
  EXPECT_EQ(prediction.scores[static_cast<size_t>(prediction.label)], prediction.score);
}

TEST_F(ClassifierTest, DistilBertTakesPairsWithoutTokenTypes) {
  TemporaryFolder folder;
  TinyModel tiny;
  tiny.distilbert = true;
  tiny.write(folder.path());
  Classifier classifier = Classifier::load(folder.path());
  const TextInput pair{.text = "a", .pair = "b", .has_pair = true};
  EXPECT_EQ(classifier.classify(std::span(&pair, 1)).front().tokens, 5);
}

}  // namespace
}  // namespace fbert::testing
