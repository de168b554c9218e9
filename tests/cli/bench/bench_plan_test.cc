#include "cli/bench/plan.h"

#include <gtest/gtest.h>

#include "cli/bench/inputs.h"
#include "tests/cli/rows.h"
#include "tests/support/paths.h"
#include "tests/support/tiny_model.h"

namespace fbert::bench_plan_test {
namespace {

using testing::error_of;

TEST(BenchPlan, ReadsLists) {
  EXPECT_EQ(parse_counts("32, 64,128", "--seq-len", 512), (std::vector<int32_t>{32, 64, 128}));
  EXPECT_TRUE(parse_counts("", "--batch", 8).empty());
  for (const char* wrong : {"0", "-1", "1.5", "x", "513", "1e9", "32 64", "nan"}) {
    EXPECT_NE(error_of([&] { parse_counts(wrong, "--seq-len", 512); }).find("--seq-len: "), std::string::npos) << wrong;
  }
  EXPECT_EQ(error_of([] { parse_counts("8,8", "--batch", 16); }), "2: --batch: 8 is given twice");
  EXPECT_NE(error_of([] { parse_counts("8,,16", "--batch", 16); }), "");
}

TEST(BenchPlan, OutputsOfLargeBatchesAreCountedBeyond32Bits) {
  ModelConfig config;
  config.hidden_size = 1024;
  config.head = HiddenStates{};
  EXPECT_EQ(output_size(config, 1, 3'000'000), size_t{3'072'000'000});
  SequenceClassification many;
  many.labels.resize(50'000);
  config.head = many;
  EXPECT_EQ(output_size(config, 60'000, 1), size_t{3'000'000'000});
}

TEST(BenchPlan, MakesEveryCombination) {
  std::string reason;
  const auto settings = parse_settings({.seq_len = "16,32", .batch = "1,8", .threads = "1,2"}, false, reason);
  ASSERT_EQ(settings.size(), 8u);
  EXPECT_EQ(settings[1].seq_len, 32);
  EXPECT_EQ(settings[1].batch, 1);
  EXPECT_EQ(settings[7].threads, 2);
  EXPECT_EQ(reason, "--threads");
  const auto defaults = parse_settings({}, false, reason);
  ASSERT_EQ(defaults.size(), 1u);
  EXPECT_EQ(defaults[0].seq_len, 32);
  EXPECT_NE(reason, "--threads");
  EXPECT_EQ(parse_settings({}, true, reason)[0].seq_len, 0);
}

TEST(BenchPlan, ReadsTheFirstTextsAndSaysWhetherThereAreMore) {
  const testing::TemporaryFolder folder;
  testing::write_text(folder.path() / "texts", "one\ntwo\nthree\n");
  const auto read = [&](size_t most) {
    Reader reader = Reader::open((folder.path() / "texts").string());
    bool more = false;
    const std::vector<TextInput> texts = read_texts(reader, more, most);
    return std::pair(texts.size(), more);
  };
  EXPECT_EQ(read(2), std::pair(size_t{2}, true));
  EXPECT_EQ(read(3), std::pair(size_t{3}, false));
}

class LengthsFile : public ::testing::Test {
 protected:
  std::string write(const std::string& text) const {
    testing::write_text(folder_.path() / "lengths", text);
    return (folder_.path() / "lengths").string();
  }

 private:
  testing::TemporaryFolder folder_;
};

TEST_F(LengthsFile, HasLengthsAndCounts) {
  const auto lengths = read_lengths(write("12\n 30, 5\n\n7\t2.5\r\n"));
  ASSERT_EQ(lengths.size(), 3u);
  EXPECT_EQ(lengths[0].length, 12);
  EXPECT_EQ(lengths[0].count, 1);
  EXPECT_EQ(lengths[1].length, 30);
  EXPECT_EQ(lengths[1].count, 5);
  EXPECT_EQ(lengths[2].count, 2.5);
}

TEST_F(LengthsFile, ErrorsNameTheLine) {
  for (const char* wrong : {"0", "-3", "1.5", "x", "12 x", "12,0", "12,", "12 -1", "12 1 1"}) {
    const std::string path = write(std::string("12\n") + wrong + "\n");
    EXPECT_NE(error_of([&] { read_lengths(path); }).find("line 2: expected a length"), std::string::npos) << wrong;
  }
  EXPECT_NE(error_of([&] { read_lengths(write("\n")); }).find("holds no lengths"), std::string::npos);
}

TEST(BenchInputs, HaveTheLengthsAndIdsOfTheSetting) {
  const auto batches = random_batches({.seq_len = 20, .batch = 3}, {}, 50);
  ASSERT_GT(batches.size(), 1u);
  for (const TokenBatch& batch : batches) {
    ASSERT_EQ(batch.size(), 3u);
    EXPECT_EQ(count_tokens(batch), 60);
    for (const auto& ids : batch) {
      for (const int32_t id : ids) EXPECT_TRUE(id >= 0 && id < 50);
    }
  }
  EXPECT_EQ(batches, random_batches({.seq_len = 20, .batch = 3}, {}, 50));
  EXPECT_NE(batches[0], batches[1]);
  EXPECT_EQ(padding_share(batches), 0);
}

TEST(BenchInputs, FollowTheDistributionOfLengths) {
  const std::vector<LengthShare> lengths = {{10, 3}, {40, 1}};
  const auto batches = random_batches({.seq_len = 0, .batch = 16}, lengths, 50);
  double shorter = 0, all = 0;
  for (const TokenBatch& batch : batches) {
    for (const auto& ids : batch) {
      EXPECT_TRUE(ids.size() == 10 || ids.size() == 40);
      shorter += ids.size() == 10;
      ++all;
    }
  }
  EXPECT_NEAR(shorter / all, 0.75, 0.03);
}

TEST(BenchInputs, PaddingIsWhatTheLongestSequenceCosts) {
  const std::vector<TokenBatch> batches = {{{1, 2, 3, 4}, {1, 2}}, {{1}, {1}}};
  EXPECT_DOUBLE_EQ(padding_share(batches), 1 - 8.0 / 10.0);
}

}  // namespace
}  // namespace fbert::bench_plan_test
