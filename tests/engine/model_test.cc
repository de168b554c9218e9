#include "fbert/model.h"
#include "fbert/quantize.h"

#include <gmock/gmock.h>

#include <cmath>
#include <random>
#include <span>

#include "fbert/error.h"
#include "kernels/kernels.h"
#include "tests/support/allocation_meter.h"
#include "tests/support/arrays.h"
#include "tests/support/paths.h"
#include "tests/support/reference_model.h"
#include "tests/support/sanitizers.h"

namespace fbert::model_test {
namespace {

using testing::ReferenceModel;
using testing::TemporaryFolder;
using testing::TinyModel;

struct Sequence {
  std::vector<int32_t> ids;
  std::vector<int32_t> type_ids;
};

std::vector<Sequence> random_sequences(const TinyModel& tiny, std::initializer_list<int> lengths) {
  std::mt19937 random(9);
  std::vector<Sequence> sequences;
  for (const int length : lengths) {
    Sequence sequence;
    for (int i = 0; i < length; ++i) {
      sequence.ids.push_back(static_cast<int32_t>(random() % static_cast<unsigned>(tiny.vocab_size)));
      sequence.type_ids.push_back(i > length / 2 ? 1 : 0);
    }
    sequences.push_back(sequence);
  }
  return sequences;
}

PackedBatch pack(const Model& model, const std::vector<Sequence>& sequences) {
  PackedBatch batch(model.config());
  for (const Sequence& sequence : sequences) batch.add(sequence.ids, sequence.type_ids);
  return batch;
}

// Compares logits and hidden states with the reference for sequences of several lengths.
void expect_equal_to_reference(const TinyModel& tiny) {
  const TemporaryFolder folder;
  tiny.write(folder.path());
  const Model model = load_model(folder.path());
  const ReferenceModel reference(tiny);
  const std::vector<Sequence> sequences = random_sequences(tiny, {5, 1, 33, 2, 48});
  const PackedBatch batch = pack(model, sequences);
  Context context(model, 2);
  constexpr double kTolerance = 2e-5;  // of values near 1, through a few layers of float arithmetic

  const auto hidden_size = static_cast<size_t>(tiny.hidden_size);
  std::vector<float> hidden(static_cast<size_t>(batch.tokens()) * hidden_size);
  model.hidden_states(batch, context, hidden);
  size_t row = 0;
  for (const Sequence& sequence : sequences) {
    for (const auto& expected : reference.hidden_states(sequence.ids, sequence.type_ids)) {
      ASSERT_TRUE(
          testing::arrays_equal(std::span(hidden).subspan(row * hidden_size, hidden_size), expected, kTolerance));
      ++row;
    }
  }
  if (tiny.headless) return;
  const size_t labels = tiny.labels.size();
  std::vector<float> logits(sequences.size() * labels);
  model.forward(batch, context, logits);
  for (size_t s = 0; s < sequences.size(); ++s) {
    const std::vector<double> expected = reference.logits(sequences[s].ids, sequences[s].type_ids);
    ASSERT_TRUE(testing::arrays_equal(std::span(logits).subspan(s * labels, labels), expected, kTolerance));
  }
}

TEST(Model, BertMatchesTheReference) { expect_equal_to_reference({}); }

TEST(Model, DistilBertMatchesTheReference) {
  TinyModel tiny;
  tiny.distilbert = true;
  expect_equal_to_reference(tiny);
}

TEST(Model, RunsEveryActivation) {
  for (const char* activation : {"gelu_new", "gelu_pytorch_tanh", "relu"}) {
    TinyModel tiny;
    tiny.activation = activation;
    expect_equal_to_reference(tiny);
  }
}

TEST(Model, RunsHeadsOf26AndOtherOddSizes) {
  TinyModel tiny;
  tiny.hidden_size = 312;
  tiny.heads = 12;
  tiny.intermediate_size = 1200;
  tiny.layers = 1;
  expect_equal_to_reference(tiny);
  tiny.hidden_size = 21;
  tiny.heads = 7;
  tiny.intermediate_size = 35;
  expect_equal_to_reference(tiny);
}

TEST(Model, FindsTensorsWithoutPrefix) {
  TinyModel tiny;
  tiny.with_prefix = false;
  expect_equal_to_reference(tiny);
  tiny.distilbert = true;
  expect_equal_to_reference(tiny);
}

TEST(Model, FindsTheOldNamesOfLayerNorm) {
  TinyModel tiny;
  tiny.old_layer_norm_names = true;
  expect_equal_to_reference(tiny);
}

TEST(Model, HeadlessModelsGiveHiddenStates) {
  TinyModel tiny;
  tiny.headless = true;
  tiny.with_prefix = false;
  expect_equal_to_reference(tiny);
}

TEST(Model, HeadlessModelRefusesToClassify) {
  TinyModel tiny;
  tiny.headless = true;
  const TemporaryFolder folder;
  tiny.write(folder.path());
  const Model model = load_model(folder.path());
  Context context(model, 1);
  PackedBatch batch(model.config());
  batch.add(std::vector<int32_t>{1, 2});
  try {
    model.forward(batch, context, {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
    EXPECT_STREQ(error.what(), "BertModel has no classification head");
  }
}

TEST(Model, AnEmptyBatchGivesNothing) {
  const TemporaryFolder folder;
  TinyModel{}.write(folder.path());
  const Model model = load_model(folder.path());
  Context context(model, 2);
  std::vector<float> logits;
  model.forward(PackedBatch(model.config()), context, logits);
  EXPECT_TRUE(logits.empty());
}

TEST(Model, ForwardDoesNotAllocateAfterTheFirst) {
#if FBERT_UNDER_ASAN || FBERT_UNDER_TSAN
  GTEST_SKIP() << "sanitizers bring their own malloc";
#endif
  const TemporaryFolder folder;
  const TinyModel tiny;
  tiny.write(folder.path());
  const Model model = load_model(folder.path());
  const PackedBatch large = pack(model, random_sequences(tiny, {40, 20, 48, 3}));
  const PackedBatch small = pack(model, random_sequences(tiny, {7, 48}));
  Context context(model, 3);
  std::vector<float> large_logits(4 * 3);
  std::vector<float> small_logits(2 * 3);
  const uint64_t at_first = testing::allocations_during([&] { model.forward(large, context, large_logits); });
  EXPECT_GT(at_first, 0U) << "the counter does not see the workspace";
  const uint64_t later = testing::allocations_during([&] {
    for (int i = 0; i < 10; ++i) {
      model.forward(small, context, small_logits);
      model.forward(large, context, large_logits);
    }
  });
  EXPECT_EQ(later, 0U);
}

TEST(Scores, FollowTheProblemType) {
  const kernels::KernelTable& table = *decide_isa().table;
  const std::vector<float> logits = {1.0F, -2.0F, 0.5F};
  std::vector<float> scores(3);
  scores_from_logits(table, ScoreFunction::kSoftmax, logits, scores);
  const double total = std::exp(1.0) + std::exp(-2.0) + std::exp(0.5);
  EXPECT_NEAR(scores[0], std::exp(1.0) / total, 1e-6);
  EXPECT_NEAR(scores[0] + scores[1] + scores[2], 1.0, 1e-6);
  scores_from_logits(table, ScoreFunction::kSigmoid, logits, scores);
  EXPECT_NEAR(scores[1], 1 / (1 + std::exp(2.0)), 1e-6);
  scores_from_logits(table, ScoreFunction::kIdentity, logits, scores);
  EXPECT_EQ(scores, logits);
}

}  // namespace
}  // namespace fbert::model_test
