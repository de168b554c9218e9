#include "fbert/classifier.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cli/tokenizer_json.h"
#include "tests/support/arrays.h"
#include "tests/support/paths.h"
#include "tests/support/sanitizers.h"
#include "tests/support/tiny_model.h"
#include "tests/support/tolerance.h"

namespace fbert::testing::classifier_test {
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

  const std::filesystem::path& folder() const { return folder_.path(); }

 private:
  TemporaryFolder folder_;
};

TEST_F(ClassifierTest, ManyInputsGiveWhatEachGivesAlone) {
  const std::vector<TextInput> inputs = many_inputs();
  Classifier alone = load({.threads = 1});
  for (const ClassifierOptions& options : {ClassifierOptions{.threads = 1}, ClassifierOptions{.threads = 4},
                                           ClassifierOptions{.threads = 2, .batch_size = 3}}) {
    Classifier classifier = load(options);
    const std::vector<Prediction> predictions = classifier.classify_or_throw(inputs);
    ASSERT_EQ(predictions.size(), inputs.size());
    for (size_t i = 0; i < inputs.size(); i += 61) {
      const Prediction expected = alone.classify_or_throw(std::span(&inputs[i], 1)).front();
      EXPECT_EQ(predictions[i].tokens, expected.tokens);
      ASSERT_TRUE(arrays_equal(predictions[i].logits, expected.logits, grouping_tolerance())) << "input " << i;
    }
  }
}

TEST_F(ClassifierTest, FewInputsRunAsOneTeam) {
  Classifier classifier = load({.threads = 4});
  Classifier reference = load({.threads = 1});
  const std::vector<TextInput> inputs = {{.text = "a b"}, {.text = "c"}};
  const std::vector<Prediction> predictions = classifier.classify_or_throw(inputs);
  for (size_t i = 0; i < inputs.size(); ++i) {
    EXPECT_NEAR(predictions[i].score, reference.classify(inputs[i].text).score, grouping_tolerance());
  }
}

TEST_F(ClassifierTest, NoInputsGiveNoPredictions) { EXPECT_TRUE(load().classify_or_throw({}).empty()); }

TEST_F(ClassifierTest, FirstBadInputIsNamedWhateverTheThreads) {
  std::vector<TextInput> inputs = many_inputs();
  for (const size_t bad : {4999UL, 4500UL, 4400UL}) {
    inputs[bad].text = "a \xff";
    Classifier classifier = load({.threads = 4, .strict_utf8 = true});
    try {
      classifier.classify_or_throw(inputs);
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

TEST_F(ClassifierTest, ABadTextIsAnErrorOfItsOwn) {
  const Classifier classifier = load({.precision = Precision::kInt8, .threads = 2, .strict_utf8 = true});
  const std::vector<std::string_view> texts = {"a b", "a \xff", "c"};
  const std::vector<ClassifyResult> results = classifier.classify(texts);
  ASSERT_EQ(results.size(), 3U);
  EXPECT_EQ(results[0].prediction().logits, classifier.classify("a b").logits);
  EXPECT_EQ(results[2].prediction().logits, classifier.classify("c").logits);
  ASSERT_FALSE(results[1].ok());
  EXPECT_EQ(results[1].error().index(), 1U);
  EXPECT_THROW(results[1].prediction(), InputError);
}

TEST_F(ClassifierTest, PairsOfViewsAreWhatInputsAre) {
  const Classifier classifier = load({.precision = Precision::kInt8});
  const TextInput input{.text = "a", .pair = "b c", .has_pair = true};
  const TextPair pair{.first = "a", .second = "b c"};
  EXPECT_EQ(classifier.classify(std::span(&pair, 1)).front().prediction().logits,
            classifier.classify_or_throw(std::span(&input, 1)).front().logits);
  EXPECT_NE(classifier.classify("a").logits, classifier.classify_or_throw(std::span(&input, 1)).front().logits);
}

TEST_F(ClassifierTest, ACallThatHasEndedGivesErrors) {
  const Classifier classifier = load({.threads = 2});
  const std::vector<std::string_view> texts(100, "a b");
  for (const ClassifyResult& result : classifier.classify(texts, {.deadline = std::chrono::steady_clock::now()})) {
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().code(), ErrorCode::kDeadline);
  }
  std::stop_source source;
  source.request_stop();
  for (const ClassifyResult& result : classifier.classify(texts, {.cancel = source.get_token()})) {
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().code(), ErrorCode::kCancelled);
  }
  EXPECT_THROW(classifier.classify("a", {.cancel = source.get_token()}), InputError);
  EXPECT_TRUE(classifier.classify(texts).back().ok());
}

TEST_F(ClassifierTest, CancellingEndsACallOfManyTexts) {
  const Classifier classifier = load({.threads = 2});
  std::stop_source source;
  const std::jthread canceller([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    source.request_stop();
  });
  const std::vector<std::string_view> texts(50000, "a b c d e f g h i j");
  const std::vector<ClassifyResult> results = classifier.classify(texts, {.cancel = source.get_token()});
  EXPECT_FALSE(results.back().ok());
}

TEST_F(ClassifierTest, CopiesShareOneModelAndOutliveEachOther) {
  std::optional<Classifier> first = load({.precision = Precision::kInt8});
  const Classifier second = *first;
  EXPECT_EQ(&first->model(), &second.model());
  const std::vector<float> logits = first->classify("a b").logits;
  first.reset();
  EXPECT_EQ(second.classify("a b").logits, logits);
}

TEST_F(ClassifierTest, EncodesWhatTheModelReads) {
  EXPECT_EQ(load({.max_length = 4}).encode({.text = "a b c d"}).ids.size(), 4U);
  EXPECT_THROW(load({.error_on_long = true}).encode({.text = std::string(400, '.')}), Error);
}

// How many texts each of several threads classifies; 1,000 unless a sanitizer makes them slow. The variable asks for
// others.
size_t texts_of_each_thread() {
  if (const char* texts = std::getenv("FBERT_TEXTS_PER_THREAD")) return static_cast<size_t>(std::atoi(texts));
#if FBERT_UNDER_ASAN || FBERT_UNDER_TSAN
  return 100;
#else
  return 1000;
#endif
}

// Alone, a few at a time, and many: by the team and by streams, as it comes.
TEST_F(ClassifierTest, ManyThreadsGetTheBitsThatOneGets) {
  constexpr size_t kThreads = 8;
  const size_t count = texts_of_each_thread();
  const std::vector<TextInput> inputs = many_inputs();
  for (const Precision precision : {Precision::kInt8, Precision::kF32}) {
    const Classifier classifier = load({.precision = precision, .blas = "own", .threads = 2});
    const Classifier alone = load({.precision = precision, .blas = "own", .threads = 1});
    const std::vector<Prediction> expected = alone.classify_or_throw(std::span(inputs).first(count));
    std::atomic<size_t> different = 0;
    {
      std::vector<std::jthread> threads;
      for (size_t t = 0; t < kThreads; ++t) {
        threads.emplace_back([&, t] {
          size_t group = t;
          for (size_t begin = 0; begin < count; begin += group, group = group * 5 % 97) {
            group = std::clamp<size_t>(group, 1, count - begin);
            const auto predictions = classifier.classify_or_throw(std::span(inputs).subspan(begin, group));
            for (size_t i = 0; i < group; ++i) different += predictions[i].logits != expected[begin + i].logits ? 1 : 0;
          }
        });
      }
    }
    EXPECT_EQ(different, 0U) << "of " << kThreads * count << " in " << to_string(precision);
  }
}

#if !FBERT_UNDER_TSAN  // which starts no threads in a child
TEST_F(ClassifierTest, AForkedChildGoesOnWithIt) {
  const Classifier classifier = load({.precision = Precision::kInt8, .threads = 2});
  const std::vector<TextInput> inputs = many_inputs();
  const std::vector<float> logits = classifier.classify_or_throw(inputs).back().logits;
  const std::vector<float> of_one = classifier.classify("a b").logits;
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(60);
    const bool same =
        classifier.classify("a b").logits == of_one && classifier.classify_or_throw(inputs).back().logits == logits;
    ::_exit(same ? 0 : 1);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}
#endif

TEST_F(ClassifierTest, LabelIsTheGreatestScore) {
  const Prediction prediction = load().classify("a b c");
  ASSERT_EQ(prediction.scores.size(), 3U);
  for (const float score : prediction.scores) EXPECT_LE(score, prediction.score);
  EXPECT_EQ(prediction.scores[static_cast<size_t>(prediction.label)], prediction.score);
}

// A token template that gives a single text the second type.
TEST_F(ClassifierTest, TypesOfASingleTextReachTheModel) {
  const std::vector<float> zero_types = load().classify("a b").logits;
  const auto use_type = [&](int type) {
    const std::string id = std::to_string(type);
    const std::string one = R"([{"SpecialToken": {"id": "[CLS]", "type_id": )" + id +
                            R"(}}, {"Sequence": {"id": "A", "type_id": )" + id +
                            R"(}}, {"SpecialToken": {"id": "[SEP]", "type_id": )" + id + "}}";
    write_tokenizer_json(folder(), R"({"type": "TemplateProcessing", "single": )" + one + R"(], "pair": )" + one +
                                       R"(, {"Sequence": {"id": "B", "type_id": 1}}], "special_tokens": {)"
                                       R"("[CLS]": {"id": "[CLS]", "ids": [2], "tokens": ["[CLS]"]},)"
                                       R"("[SEP]": {"id": "[SEP]", "ids": [3], "tokens": ["[SEP]"]}}})");
  };
  use_type(0);
  EXPECT_EQ(load().classify("a b").logits, zero_types);
  use_type(1);
  EXPECT_NE(load().classify("a b").logits, zero_types);
}

// In a child, whose limits are its own.
TEST_F(ClassifierTest, ThreadsThatCannotBeStartedAreAnErrorOfTheSystem) {
#if FBERT_UNDER_ASAN || FBERT_UNDER_TSAN
  GTEST_SKIP() << "sanitizers need address space of their own";
#endif
  ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  const auto classify_without_room = [&] {
    try {
      Classifier classifier = load({.precision = Precision::kInt8, .threads = 1000});
      std::vector<TextInput> inputs(4096, TextInput{.text = "a b c"});
      rlim_t pages = 0;
      std::ifstream("/proc/self/statm") >> pages;
      const rlim_t bytes = pages * static_cast<rlim_t>(::sysconf(_SC_PAGESIZE)) + (rlim_t{64} << 20);
      const rlimit limit = {.rlim_cur = bytes, .rlim_max = bytes};  // room for the stacks of a few threads
      ::setrlimit(RLIMIT_AS, &limit);
      classifier.classify_or_throw(inputs);
    } catch (const Error& error) {
      std::fputs(error.what(), stderr);
      std::_Exit(static_cast<int>(error.code()));
    }
    std::_Exit(0);
  };
  EXPECT_EXIT(classify_without_room(), ::testing::ExitedWithCode(1), "cannot start [0-9]+ threads: ");
}

TEST_F(ClassifierTest, DistilBertTakesPairsWithoutTokenTypes) {
  TemporaryFolder folder;
  TinyModel tiny;
  tiny.distilbert = true;
  tiny.write(folder.path());
  Classifier classifier = Classifier::load(folder.path());
  const TextInput pair{.text = "a", .pair = "b", .has_pair = true};
  EXPECT_EQ(classifier.classify_or_throw(std::span(&pair, 1)).front().tokens, 5);
}

}  // namespace
}  // namespace fbert::testing::classifier_test
