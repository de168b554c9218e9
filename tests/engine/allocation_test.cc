// A forward pass takes nothing from the heap once its context has room for the batch.
#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "fbert/model.h"
#include "fbert/quantize.h"
#include "tests/support/allocation_meter.h"
#include "tests/support/paths.h"
#include "tests/support/tiny_model.h"

namespace fbert::allocation_test {
namespace {

// Calls through a pointer that the compiler cannot see through, so that it cannot leave the allocation out.
void* (*volatile allocate)(size_t) = std::malloc;

TEST(AllocationMeter, CountsBothLanguages) {
  if (!testing::kCountsAllocations) GTEST_SKIP() << "sanitizers have a heap of their own";
  EXPECT_EQ(testing::allocations_during([] {}), 0U);
  EXPECT_EQ(testing::allocations_during([] { std::free(allocate(10)); }), 1U);
  EXPECT_EQ(testing::allocations_during([] { std::vector<char> bytes(static_cast<size_t>(std::rand() % 9 + 1)); }), 1U);
  EXPECT_EQ(testing::allocations_during([] { std::free(std::aligned_alloc(64, 128)); }), 1U);
}

class Allocation : public ::testing::TestWithParam<std::tuple<Precision, int, bool>> {};

// A head size and an intermediate size that fill no vector, as TinyBERT has.
testing::TinyModel odd_model(bool distilbert) {
  testing::TinyModel tiny;
  tiny.distilbert = distilbert;
  tiny.vocab_size = 200;
  tiny.hidden_size = 78;
  tiny.heads = 3;
  tiny.intermediate_size = 300;
  tiny.positions = 130;
  return tiny;
}

PackedBatch make_batch(const ModelConfig& config, const std::vector<size_t>& lengths) {
  std::mt19937 random(1);
  PackedBatch batch(config);
  for (const size_t length : lengths) {
    std::vector<int32_t> ids(length);
    for (int32_t& id : ids) id = static_cast<int32_t>(random() % 200);
    batch.add(ids);
  }
  return batch;
}

TEST_P(Allocation, ForwardDoesNoneAfterWarmUp) {
  if (!testing::kCountsAllocations) GTEST_SKIP() << "sanitizers have a heap of their own";
  const auto& [precision, threads, distilbert] = GetParam();
  const testing::TemporaryFolder folder;
  odd_model(distilbert).write(folder.path());
  const Model model = load_model(folder.path(), {.precision = precision});
  Context context(model, threads);
  const PackedBatch batches[] = {make_batch(model.config(), {130, 1, 64, 3}), make_batch(model.config(), {17}),
                                 make_batch(model.config(), {8, 33, 128})};
  std::vector<float> logits(4 * 3);
  const auto run = [&](const PackedBatch& batch) {
    model.forward(batch, context, std::span(logits).first(static_cast<size_t>(batch.sequences()) * 3));
  };
  run(batches[0]);  // the largest

  for (const PackedBatch& batch : batches) {
    EXPECT_EQ(testing::allocations_during([&] {
                for (int i = 0; i < 5; ++i) run(batch);
              }),
              0U);
  }
}

INSTANTIATE_TEST_SUITE_P(Variants, Allocation,
                         ::testing::Combine(::testing::Values(Precision::kF32, Precision::kInt8),
                                            ::testing::Values(1, 2, 3), ::testing::Bool()),
                         [](const auto& parameter) {
                           return std::string(to_string(std::get<0>(parameter.param))) + "_" +
                                  std::to_string(std::get<1>(parameter.param)) + "_threads_" +
                                  (std::get<2>(parameter.param) ? "distilbert" : "bert");
                         });

}  // namespace
}  // namespace fbert::allocation_test
