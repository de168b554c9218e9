#include "pipelines/batching.h"

#include <numeric>

#include <gmock/gmock.h>

namespace fbert::batching_test {
namespace {

using Lengths = std::vector<int32_t>;

TEST(PlanBatches, CutsNothingIntoNothing) { EXPECT_TRUE(plan_batches({}, 2).batches.empty()); }

TEST(PlanBatches, TextsThatFitOneBatchGoToTheTeam) {
  for (const Lengths& lengths : {Lengths{16, 16}, Lengths{40, 30, 20, 10}, Lengths{120, 4}}) {
    const BatchPlan plan = plan_batches(lengths, 2);
    EXPECT_TRUE(plan.team);
    EXPECT_EQ(plan.batches.size(), 1U);
  }
}

TEST(PlanBatches, FewerTextsThanThreadsGoToTheTeam) {
  EXPECT_TRUE(plan_batches(Lengths{250}, 2).team);
  EXPECT_TRUE(plan_batches(Lengths{250, 250, 250}, 4).team);
}

TEST(PlanBatches, TextsThatKeepEveryThreadBusyAreStreams) {
  EXPECT_FALSE(plan_batches(Lengths{100, 100}, 2).team);
  EXPECT_FALSE(plan_batches(Lengths(1000, 20), 2).team);
}

TEST(PlanBatches, TextsThatOneStreamWouldHaveMostOfGoToTheTeam) {
  EXPECT_TRUE(plan_batches(Lengths{250, 40}, 2).team);
  EXPECT_TRUE(plan_batches(Lengths{200, 200, 200}, 2).team);
  EXPECT_TRUE(plan_batches(Lengths{200, 200, 200, 200, 200}, 4).team);
}

TEST(PlanBatches, OneThreadTakesLargeBatches) {
  const BatchPlan plan = plan_batches(Lengths(64, 16), 1);
  EXPECT_EQ(plan.batches.size(), 4U);
  EXPECT_EQ(plan.batches.front().tokens, 256);
}

TEST(PlanBatches, BatchesFollowEachOtherWithinTheLimits) {
  Lengths lengths(500);
  std::iota(lengths.rbegin(), lengths.rend(), 1);
  for (const size_t max_texts : {size_t{0}, size_t{3}}) {
    const BatchPlan plan = plan_batches(lengths, 2, max_texts);
    size_t end = 0;
    for (const TextRange& batch : plan.batches) {
      EXPECT_EQ(batch.begin, end);
      EXPECT_LT(batch.begin, batch.end);
      EXPECT_TRUE(max_texts == 0 || batch.end - batch.begin <= max_texts);
      EXPECT_TRUE(batch.tokens <= 256 || batch.end - batch.begin == 1);
      EXPECT_EQ(batch.tokens,
                std::accumulate(&lengths[batch.begin], &lengths[batch.begin] + (batch.end - batch.begin), 0));
      end = batch.end;
    }
    EXPECT_EQ(end, lengths.size());
  }
}

}  // namespace
}  // namespace fbert::batching_test
