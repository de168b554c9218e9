// One text gives the same logits whatever its batch mates, its place, the number of threads and the instruction set:
// the same bits, but for OpenBLAS where its kernels round a row by its place in the product: within 5e-6.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <span>
#include <thread>

#include "fbert/model.h"
#include "fbert/quantize.h"
#include "kernels/kernels.h"
#include "tests/support/arrays.h"
#include "tests/support/paths.h"
#include "tests/support/tiny_model.h"
#include "tests/support/tolerance.h"

namespace fbert::determinism_test {
namespace {

using Ids = std::vector<int32_t>;

testing::TinyModel medium_model() {
  testing::TinyModel tiny;
  tiny.vocab_size = 500;
  tiny.hidden_size = 128;
  tiny.heads = 2;
  tiny.intermediate_size = 512;
  tiny.positions = 512;
  return tiny;
}

class DeterminismTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder = std::make_unique<testing::TemporaryFolder>();
    medium_model().write(folder->path());
    model = std::make_unique<Model>(load_model(folder->path()));
  }
  static void TearDownTestSuite() {
    model.reset();
    folder.reset();
  }

  static Ids text(size_t length, unsigned seed) {
    std::mt19937 random(seed);
    Ids ids(length);
    for (int32_t& id : ids) id = static_cast<int32_t>(random() % 500);
    return ids;
  }

  static std::vector<float> logits(const std::vector<Ids>& texts, int threads) {
    PackedBatch batch(model->config());
    for (const Ids& ids : texts) batch.add(ids);
    Context context(*model, threads);
    std::vector<float> values(texts.size() * 3);
    model->forward(batch, context, values);
    return values;
  }

  static ::testing::AssertionResult same(const std::vector<float>& a, const float* b) {
    return testing::arrays_equal(std::span(b, a.size()), a, testing::grouping_tolerance());
  }

  static std::unique_ptr<testing::TemporaryFolder> folder;
  static std::unique_ptr<Model> model;
};

std::unique_ptr<testing::TemporaryFolder> DeterminismTest::folder;
std::unique_ptr<Model> DeterminismTest::model;

TEST_F(DeterminismTest, BatchMatesDoNotMatter) {
  for (const size_t length : std::initializer_list<size_t>{1, 7, 33, 200, 512}) {
    const Ids own = text(length, static_cast<unsigned>(length));
    const std::vector<float> alone = logits({own}, 1);
    for (const size_t place : std::initializer_list<size_t>{0, 63}) {
      std::vector<Ids> texts;
      for (unsigned i = 0; i < 64; ++i) texts.push_back(text(i == 1 || i == 62 ? 512 : 3 + i % 30, 1000 + i));
      texts[place] = own;
      EXPECT_TRUE(same(alone, &logits(texts, 1)[place * 3]));
    }
  }
}

// So many tokens that they are computed in parts, one of them with a sequence that is longer than a part.
TEST_F(DeterminismTest, PartsOfALargeBatchDoNotMatter) {
  const size_t hidden_size = 128;
  PackedBatch batch(model->config());
  std::vector<Ids> texts;
  for (const size_t length : std::initializer_list<size_t>{30, 300, 7, 100, 1, 90}) {
    texts.push_back(text(length, static_cast<unsigned>(texts.size())));
    batch.add(texts.back());
  }
  const auto hidden_states = [&](const PackedBatch& one) {
    Context context(*model, 2);
    std::vector<float> hidden(static_cast<size_t>(one.tokens()) * hidden_size);
    model->hidden_states(one, context, hidden);
    return hidden;
  };
  const std::vector<float> all = hidden_states(batch);
  const std::vector<float> scores = logits(texts, 1);
  for (size_t i = 0; i < texts.size(); ++i) {
    PackedBatch alone(model->config());
    alone.add(texts[i]);
    EXPECT_TRUE(same(hidden_states(alone), all.data() + static_cast<size_t>(batch.cu_seqlens()[i]) * hidden_size));
    EXPECT_TRUE(same(logits({texts[i]}, 1), scores.data() + i * 3));
  }
}

TEST_F(DeterminismTest, OwnProductsHaveTheBitsOfTheReferenceTable) {
  for (const Precision precision : {Precision::kF32, Precision::kInt8}) {
    const auto hidden_states = [&](const std::string& isa) {
      const Model one = load_model(folder->path(), {.precision = precision, .isa = isa, .blas = "own"});
      PackedBatch batch(one.config());
      for (const size_t length : std::initializer_list<size_t>{5, 64, 19}) batch.add(text(length, 7));
      Context context(one, 2);
      std::vector<float> hidden(static_cast<size_t>(batch.tokens()) * 128);
      one.hidden_states(batch, context, hidden);
      return hidden;
    };
    EXPECT_TRUE(testing::arrays_equal(hidden_states(""), hidden_states("ref"))) << to_string(precision);
  }
}

TEST_F(DeterminismTest, LargeBatchesNeedNoMoreMemory) {
  Context large(*model, 1), huge(*model, 1);
  large.reserve(10'000, 100, 512);
  huge.reserve(1'000'000, 10'000, 512);
  EXPECT_GE(huge.workspace_bytes(), large.workspace_bytes());
  EXPECT_LE(huge.workspace_bytes(), large.workspace_bytes() + (size_t{1} << 20));
}

TEST_F(DeterminismTest, ThreadsDoNotMatter) {
  std::vector<Ids> texts;
  for (unsigned i = 0; i < 9; ++i) texts.push_back(text(1 + i * 13, i));
  const std::vector<float> alone = logits(texts, 1);
  for (const int threads : {2, 3, 7}) {
    const std::vector<float> together = logits(texts, threads);
    EXPECT_TRUE(same(alone, together.data())) << threads << " threads";
  }
}

TEST_F(DeterminismTest, RepetitionDoesNotMatter) {
  const std::vector<Ids> texts = {text(40, 1), text(9, 2)};
  const std::vector<float> first = logits(texts, 2);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(logits(texts, 2), first);
}

TEST_F(DeterminismTest, OneModelServesManyThreads) {
  std::vector<std::vector<float>> expected;
  for (unsigned i = 0; i < 8; ++i) expected.push_back(logits({text(10 + i, i)}, 1));
  std::vector<std::thread> streams;
  std::atomic<int> wrong{0};
  for (unsigned i = 0; i < 8; ++i) {
    streams.emplace_back([&, i] {
      for (int repetition = 0; repetition < 20; ++repetition) {
        if (logits({text(10 + i, i)}, 1) != expected[i]) ++wrong;
      }
    });
  }
  for (std::thread& stream : streams) stream.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace fbert::determinism_test
