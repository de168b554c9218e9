#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "fbert/error.h"
#include "tests/tokenizer/support.h"
#include "tokenizer/post_processor.h"

namespace fbert::encode_test {
namespace {

using ::fbert::testing::tokens_of;
using Tokens = std::vector<std::string>;

class Encode : public ::testing::Test {
 protected:
  Tokens tokens(std::string_view text, const EncodeOptions& options = {}) const {
    return tokens_of(tokenizer_, tokenizer_.encode(text, options));
  }

  const Tokenizer tokenizer_ = testing::from_vocab_txt(testing::small_vocabulary());
};

TEST_F(Encode, SplitsGreedilyAndMarksTheTexts) {
  EXPECT_EQ(tokens("Unhappily, the CAT sat"),
            (Tokens{"[CLS]", "un", "##happi", "##ly", ",", "the", "cat", "sat", "[SEP]"}));
  const Encoding pair = tokenizer_.encode_pair("the cat", "sat");
  EXPECT_EQ(tokens_of(tokenizer_, pair), (Tokens{"[CLS]", "the", "cat", "[SEP]", "sat", "[SEP]"}));
  EXPECT_EQ(pair.type_ids, (std::vector<int32_t>{0, 0, 0, 0, 1, 1}));
  EXPECT_EQ(pair.offsets, (std::vector<Offset>{{0, 0}, {0, 3}, {4, 7}, {0, 0}, {0, 3}, {0, 0}}));
  EXPECT_EQ(pair.full_length, 6);
  EXPECT_FALSE(pair.truncated);
}

TEST_F(Encode, SpecialTokensInTextCanBePlainText) {
  EXPECT_EQ(tokens("the [SEP] cat"), (Tokens{"[CLS]", "the", "[SEP]", "cat", "[SEP]"}));
  EncodeOptions options;
  options.special_tokens_in_text = false;
  EXPECT_EQ(tokens("the [SEP] cat", options), (Tokens{"[CLS]", "the", "[", "s", "##e", "##p", "]", "cat", "[SEP]"}));
  EXPECT_EQ(tokens("[MASK]", options), (Tokens{"[CLS]", "[", "m", "##a", "##s", "##k", "]", "[SEP]"}));
}

TEST_F(Encode, AddedTokensThatAreNotSpecialStayWithPlainText) {
  Json json = testing::bert_tokenizer_json({"[UNK]", "[SEP]", "<x>", "a"});
  for (const auto& [content, id, special] : {std::tuple("[SEP]", 1, true), std::tuple("<x>", 2, false)}) {
    json["added_tokens"].push_back({{"id", id}, {"content", content}, {"special", special}, {"normalized", false}});
  }
  const Tokenizer tokenizer = testing::from_tokenizer_json(json.dump());
  EncodeOptions options;
  options.special_tokens_in_text = false;
  EXPECT_EQ(tokenizer.encode("a<x>[SEP]").ids, (std::vector<int32_t>{3, 2, 1}));
  EXPECT_EQ(tokenizer.encode("a<x>[SEP]", options).ids, (std::vector<int32_t>{3, 2, 0, 0, 0}));
}

TEST_F(Encode, LeavesTheTemplateOutOnRequest) {
  EncodeOptions options;
  options.add_special_tokens = false;
  EXPECT_EQ(tokens("the cat", options), (Tokens{"the", "cat"}));
  const Encoding pair = tokenizer_.encode_pair("the", "cat", options);
  EXPECT_EQ(pair.type_ids, (std::vector<int32_t>{0, 1}));
  EXPECT_EQ(pair.full_length, 2);
}

TEST_F(Encode, FlagsTruncationAndCountsAllTokens) {
  EncodeOptions options;
  options.max_length = 4;
  const Encoding encoding = tokenizer_.encode("the cat sat the cat", options);
  EXPECT_EQ(tokens_of(tokenizer_, encoding), (Tokens{"[CLS]", "the", "cat", "[SEP]"}));
  EXPECT_TRUE(encoding.truncated);
  EXPECT_EQ(encoding.full_length, 7);
  options.max_length = 7;
  EXPECT_FALSE(tokenizer_.encode("the cat sat the cat", options).truncated);
}

TEST_F(Encode, RefusesLimitsThatCannotBeKept) {
  EncodeOptions options;
  const auto expect_usage_error = [&](std::string_view first, const char* second) {
    try {
      second == nullptr ? tokenizer_.encode(first, options) : tokenizer_.encode_pair(first, second, options);
      FAIL() << "accepted " << options.max_length;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kUsage);
    }
  };
  options.max_length = -1;
  expect_usage_error("the", nullptr);
  options.max_length = 1;
  expect_usage_error("the", nullptr);
  options.max_length = 2;
  EXPECT_EQ(tokens("the", options), (Tokens{"[CLS]", "[SEP]"}));
  expect_usage_error("the", "cat");
  options.max_length = 4;
  options.truncation = Truncation::kOnlySecond;
  expect_usage_error("the cat sat", nullptr);
  expect_usage_error("the cat sat", "the");
  options.truncation = Truncation::kOnlyFirst;
  expect_usage_error("the", "the cat sat");
}

TEST(Truncated, SharesTheRoomBetweenTheTexts) {
  const auto longest_first = [](size_t first, size_t second, size_t limit) {
    return truncated({first, second}, true, limit, Truncation::kLongestFirst);
  };
  EXPECT_EQ(longest_first(3, 4, 7), (TextLengths{3, 4}));
  EXPECT_EQ(longest_first(5, 5, 7), (TextLengths{3, 4}));  // a tie leaves the second text one more
  EXPECT_EQ(longest_first(6, 5, 7), (TextLengths{4, 3}));
  EXPECT_EQ(longest_first(2, 9, 7), (TextLengths{2, 5}));
  EXPECT_EQ(longest_first(9, 2, 7), (TextLengths{5, 2}));
  EXPECT_EQ(longest_first(0, 9, 7), (TextLengths{0, 7}));
  EXPECT_EQ(longest_first(9, 9, 1), (TextLengths{0, 1}));
  EXPECT_EQ(longest_first(9, 9, 0), (TextLengths{0, 0}));
  EXPECT_EQ(truncated({9, 0}, false, 4, Truncation::kOnlyFirst), (TextLengths{4, 0}));
  EXPECT_EQ(truncated({9, 5}, true, 6, Truncation::kOnlyFirst), (TextLengths{1, 5}));
  EXPECT_EQ(truncated({4, 9}, true, 6, Truncation::kOnlySecond), (TextLengths{4, 2}));
  EXPECT_THROW(truncated({9, 6}, true, 6, Truncation::kOnlyFirst), Error);
}

// Long texts are taken in pieces.
TEST_F(Encode, GivesTheTokensOfALongTextWhereverItsSpacesAre) {
  const std::string word =
      "abc \xC3\xA9"
      "e\xCC\x81 \xE4\xBD\xA0. ";
  std::string text;
  std::vector<int32_t> ids;
  std::vector<Offset> offsets;
  const EncodeOptions plain{.add_special_tokens = false};
  const Encoding one = tokenizer_.encode(word, plain);
  for (int32_t i = 0; i < 20'000; ++i) {
    text += word;
    ids.insert(ids.end(), one.ids.begin(), one.ids.end());
    for (const Offset& offset : one.offsets) offsets.push_back({offset.begin + 11 * i, offset.end + 11 * i});
  }
  const Encoding found = tokenizer_.encode(text, plain);
  EXPECT_EQ(found.ids, ids);
  EXPECT_EQ(found.offsets, offsets);
  const Encoding cut = tokenizer_.encode(text, {.max_length = 10, .add_special_tokens = false});
  EXPECT_EQ(cut.ids, std::vector<int32_t>(ids.begin(), ids.begin() + 10));
  EXPECT_EQ(cut.full_length, static_cast<int32_t>(ids.size()));
  EXPECT_TRUE(cut.truncated);
}

TEST_F(Encode, ReusesTheMemoryOfAnEncoding) {
  Encoding encoding;
  tokenizer_.encode_into("the cat sat on the cat", {}, encoding);
  const int32_t* ids = encoding.ids.data();
  tokenizer_.encode_into("the cat", {}, encoding);
  EXPECT_EQ(encoding.ids.data(), ids);
  EXPECT_EQ(encoding.ids, tokenizer_.encode("the cat").ids);
  EXPECT_EQ(encoding.type_ids.size(), 4U);
  EXPECT_EQ(encoding.offsets.size(), 4U);
  tokenizer_.encode_pair_into("the", "cat", {}, encoding);
  EXPECT_EQ(encoding.ids, tokenizer_.encode_pair("the", "cat").ids);
}

TEST_F(Encode, GivesTheSameInManyThreads) {
  const std::string text = "Unhappily, the cat [MASK] sat caf\u00e9 \u4e2d\u6587";
  const Encoding expected = tokenizer_.encode(text);
  std::vector<std::thread> threads;
  std::vector<int> equal(4, 0);
  for (size_t t = 0; t < equal.size(); ++t) {
    threads.emplace_back([&, t] {
      Encoding encoding;
      for (int i = 0; i < 200; ++i) {
        tokenizer_.encode_into(text, {}, encoding);
        equal[t] += encoding.ids == expected.ids && encoding.offsets == expected.offsets;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(equal, std::vector<int>(4, 200));
}

TEST_F(Encode, DecodesWhatItEncoded) {
  const Encoding encoding = tokenizer_.encode("Unhappily, the cat sat!");
  EXPECT_EQ(tokenizer_.decode(encoding.ids), "unhappily, the cat sat!");
  EXPECT_EQ(tokenizer_.decode(encoding.ids, false), "[CLS] unhappily, the cat sat! [SEP]");
  EXPECT_EQ(tokenizer_.decode(std::vector<int32_t>{-1, 100'000}), "");
  EXPECT_EQ(tokenizer_.decode({}), "");
}

}  // namespace
}  // namespace fbert::encode_test
