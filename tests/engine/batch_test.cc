#include "fbert/batch.h"

#include <gmock/gmock.h>

#include <limits>
#include <span>

#include "fbert/error.h"

namespace fbert::batch_test {
namespace {

using ::testing::ElementsAre;

ModelConfig small_config() {
  ModelConfig config;
  config.vocab_size = 10;
  config.type_vocab_size = 2;
  config.max_position_embeddings = 4;
  return config;
}

std::string message_of(const auto& action) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kData);
    return error.what();
  }
  return "no error";
}

TEST(PackedBatch, LaysSequencesOneAfterAnother) {
  PackedBatch batch(small_config());
  batch.add(std::vector<int32_t>{1, 2, 3}, std::vector<int32_t>{0, 0, 1});
  batch.add(std::vector<int32_t>{9});
  EXPECT_THAT(batch.token_ids(), ElementsAre(1, 2, 3, 9));
  EXPECT_THAT(batch.type_ids(), ElementsAre(0, 0, 1, 0));
  EXPECT_THAT(batch.cu_seqlens(), ElementsAre(0, 3, 4));
  EXPECT_EQ(batch.max_sequence(), 3);
}

TEST(PackedBatch, IsEmptyAgainAfterClear) {
  PackedBatch batch(small_config());
  batch.add(std::vector<int32_t>{1, 2});
  batch.clear();
  EXPECT_EQ(batch.sequences(), 0);
  EXPECT_EQ(batch.tokens(), 0);
  EXPECT_EQ(batch.max_sequence(), 0);
  batch.add(std::vector<int32_t>{3});
  EXPECT_THAT(batch.cu_seqlens(), ElementsAre(0, 1));
}

// The tokens of the second sequence do not exist: it is refused before they are read.
TEST(PackedBatch, RefusesMoreTokensThanItCanCount) {
  constexpr int32_t kMost = std::numeric_limits<int32_t>::max();
  ModelConfig config = small_config();
  config.max_position_embeddings = kMost;
  PackedBatch batch(config);
  const std::vector<int32_t> one = {1};
  batch.add(one);
  EXPECT_EQ(message_of([&] { batch.add(std::span(one.data(), kMost)); }),
            "a batch of 1 tokens has no room for 2147483647 more, it holds at most 2147483647");
  EXPECT_EQ(batch.tokens(), 1);
}

TEST(PackedBatch, BecomesSomeSequencesOfAnother) {
  PackedBatch batch(small_config());
  batch.add(std::vector<int32_t>{1, 2, 3, 4});
  batch.add(std::vector<int32_t>{5, 6}, std::vector<int32_t>{0, 1});
  batch.add(std::vector<int32_t>{7});
  batch.add(std::vector<int32_t>{8, 9, 1});
  PackedBatch part(small_config());
  part.add(std::vector<int32_t>{1, 1, 1});
  part.assign(batch, 1, 3);
  EXPECT_THAT(part.token_ids(), ElementsAre(5, 6, 7));
  EXPECT_THAT(part.type_ids(), ElementsAre(0, 1, 0));
  EXPECT_THAT(part.cu_seqlens(), ElementsAre(0, 2, 3));
  EXPECT_EQ(part.max_sequence(), 2);
}

TEST(PackedBatch, RejectsWhatTheTablesDoNotHold) {
  PackedBatch batch(small_config());
  EXPECT_EQ(message_of([&] { batch.add({}); }), "a sequence has no tokens");
  EXPECT_EQ(message_of([&] {
              batch.add(std::vector<int32_t>{1, 10});
            }),
            "token id 10 at position 1 is outside the model's 0 to 9");
  EXPECT_EQ(message_of([&] { batch.add(std::vector<int32_t>{-1}); }),
            "token id -1 at position 0 is outside the model's 0 to 9");
  EXPECT_EQ(message_of([&] { batch.add(std::vector<int32_t>{1}, std::vector<int32_t>{2}); }),
            "type id 2 at position 0 is outside the model's 0 to 1");
  EXPECT_EQ(message_of([&] { batch.add(std::vector<int32_t>(5, 1)); }), "a sequence has 5 tokens, the model allows 4");
  EXPECT_EQ(message_of([&] {
              batch.add(std::vector<int32_t>{1, 2}, std::vector<int32_t>{0});
            }),
            "a sequence has 2 tokens but 1 type ids");
  EXPECT_EQ(batch.sequences(), 0) << "a rejected sequence must leave nothing behind";
}

}  // namespace
}  // namespace fbert::batch_test
