#include "fbert/observer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "fbert/model.h"
#include "fbert/quantize.h"
#include "tests/support/paths.h"
#include "tests/support/tiny_model.h"

namespace fbert::observer_test {
namespace {

struct Record {
  std::vector<Step> steps;
  std::vector<int> layers;
  std::vector<std::vector<float>> hidden;
  std::vector<LinearInput> inputs;
  std::vector<size_t> input_sizes;

  Observer observer() {
    return {.state = this,
            .step_done = [](void* state, Step step) { static_cast<Record*>(state)->steps.push_back(step); },
            .layer_done =
                [](void* state, int layer, std::span<const float> values) {
                  static_cast<Record*>(state)->layers.push_back(layer);
                  static_cast<Record*>(state)->hidden.emplace_back(values.begin(), values.end());
                },
            .input_ready =
                [](void* state, int, LinearInput input, std::span<const float> rows) {
                  static_cast<Record*>(state)->inputs.push_back(input);
                  static_cast<Record*>(state)->input_sizes.push_back(rows.size());
                }};
  }
  int count(Step step) const { return static_cast<int>(std::count(steps.begin(), steps.end(), step)); }
};

class ObserverTest : public ::testing::TestWithParam<Precision> {
 protected:
  void SetUp() override { testing::TinyModel().write(folder.path()); }
  testing::TemporaryFolder folder;
};

TEST_P(ObserverTest, SeesEveryStepAndLayerInOrder) {
  const Model model = load_model(folder.path(), {.precision = GetParam(), .embeddings = {}, .isa = {}});
  PackedBatch batch(model.config());
  batch.add(std::vector<int32_t>{1, 2, 3, 4, 5});
  batch.add(std::vector<int32_t>{6, 7});
  for (const int threads : {1, 2}) {
    Context context(model, threads);
    Record record;
    context.observe(record.observer());
    std::vector<float> logits(6);
    model.forward(batch, context, logits);

    ASSERT_FALSE(record.steps.empty());
    EXPECT_EQ(record.steps.front(), Step::kEmbedding);
    EXPECT_EQ(record.steps.back(), Step::kHead);
    EXPECT_EQ(record.count(Step::kAttention), 2);
    EXPECT_EQ(record.count(Step::kLinear), 2 * 4);
    EXPECT_EQ(record.layers, (std::vector<int>{-1, 0, 1}));
    EXPECT_EQ(record.hidden[1].size(), 7U * 24U);
    EXPECT_EQ(record.hidden[2].size(), 2U * 24U);
    const std::vector<LinearInput> inputs = {LinearInput::kAttention, LinearInput::kAttentionOutput,
                                             LinearInput::kIntermediate, LinearInput::kOutput};
    EXPECT_EQ(std::vector<LinearInput>(record.inputs.begin(), record.inputs.begin() + 4), inputs);
    EXPECT_EQ(record.input_sizes, (std::vector<size_t>{7 * 24, 7 * 24, 7 * 24, 7 * 40,  //
                                                       7 * 24, 2 * 24, 2 * 24, 2 * 40}));
  }
}

TEST_P(ObserverTest, TheLastLayerIsWhatHiddenStatesGives) {
  const Model model = load_model(folder.path(), {.precision = GetParam(), .embeddings = {}, .isa = {}});
  PackedBatch batch(model.config());
  batch.add(std::vector<int32_t>{1, 2, 3, 4, 5});
  Context context(model, 1);
  Record record;
  context.observe(record.observer());
  std::vector<float> hidden(5 * 24);
  model.hidden_states(batch, context, hidden);
  EXPECT_EQ(record.hidden.back(), hidden);
}

INSTANTIATE_TEST_SUITE_P(Precisions, ObserverTest, ::testing::Values(Precision::kF32, Precision::kInt8));

}  // namespace
}  // namespace fbert::observer_test
