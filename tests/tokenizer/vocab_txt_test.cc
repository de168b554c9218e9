#include <gtest/gtest.h>

#include "fbert/error.h"
#include "tests/tokenizer/support.h"
#include "tokenizer/tokenizer_config.h"

namespace fbert::vocab_txt_test {
namespace {

using ::fbert::testing::from_vocab_txt;
using ::fbert::testing::small_vocabulary;
using ::fbert::testing::tokens_of;

const std::string kHead = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n";

std::string error_of(std::string_view vocabulary, std::string_view config = "{}", ErrorCode code = ErrorCode::kData) {
  try {
    from_vocab_txt(vocabulary, config);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "accepted";
  return "";
}

TEST(VocabTxt, IdsAreLineNumbers) {
  const Tokenizer tokenizer = from_vocab_txt(kHead + "the\ncat\n");
  EXPECT_EQ(tokenizer.id("[PAD]"), 0);
  EXPECT_EQ(tokenizer.id("cat"), 6);
  EXPECT_EQ(tokenizer.token(5), "the");
  EXPECT_EQ(tokenizer.token(7), "");
  EXPECT_EQ(tokenizer.token(-1), "");
  EXPECT_EQ(tokenizer.id("dog"), -1);
  EXPECT_EQ(tokenizer.vocab_size(), 7);
  EXPECT_EQ(tokenizer.source(), "vocab.txt");
}

TEST(VocabTxt, TakesCarriageReturnsTrailingSpaceAndAMissingLastLineFeed) {
  const Tokenizer tokenizer = from_vocab_txt("[PAD]\r\n[UNK] \t\r\n[CLS]\r\n[SEP]\u3000\r\n[MASK]\r\nthe\r\ncat");
  EXPECT_EQ(tokenizer.encode("the cat").ids, (std::vector<int32_t>{2, 5, 6, 3}));
  EXPECT_EQ(tokenizer.vocab_size(), 7);
}

TEST(VocabTxt, BlankLinesCountAsLines) {
  const Tokenizer tokenizer = from_vocab_txt(kHead + "\nthe\n\n\ncat\n");
  EXPECT_EQ(tokenizer.id("the"), 6);
  EXPECT_EQ(tokenizer.id("cat"), 9);
  EXPECT_EQ(tokenizer.id(""), 8);
  EXPECT_EQ(tokenizer.encode("the cat").ids, (std::vector<int32_t>{2, 6, 9, 3}));
}

TEST(VocabTxt, TheLastOfTwoEqualLinesHasTheToken) {
  const Tokenizer tokenizer = from_vocab_txt(kHead + "the\ncat\nthe\n");
  EXPECT_EQ(tokenizer.id("the"), 7);
  EXPECT_EQ(tokenizer.token(5), "");
  EXPECT_EQ(tokenizer.encode("the").ids, (std::vector<int32_t>{2, 7, 3}));
}

TEST(VocabTxt, RefusesWhatCannotBeUsed) {
  EXPECT_EQ(error_of(""), "vocab.txt: the vocabulary has no unknown token '[UNK]'");
  EXPECT_EQ(error_of("[PAD]\n[CLS]\n[SEP]\n"), "vocab.txt: the vocabulary has no unknown token '[UNK]'");
  EXPECT_EQ(error_of("[UNK]\n[SEP]\n"), "vocab.txt: the vocabulary has no cls_token '[CLS]'");
  EXPECT_EQ(error_of("[UNK]\n[CLS]\n"), "vocab.txt: the vocabulary has no sep_token '[SEP]'");
  EXPECT_EQ(error_of("[UNK]\nca\xFFt\n"), "vocab.txt: invalid UTF-8 at byte 8");
}

TEST(VocabTxt, DoLowerCaseDecidesOnAccentsUnlessTold) {
  const std::string vocabulary = kHead + "cafe\ncaf\u00e9\nCafe\nCaf\u00e9\n";
  const auto first = [&](std::string_view config) {
    return from_vocab_txt(vocabulary, config).encode("Caf\u00e9").ids[1];
  };
  EXPECT_EQ(first("{}"), 5);
  EXPECT_EQ(first(R"({"do_lower_case": true, "strip_accents": null})"), 5);
  EXPECT_EQ(first(R"({"do_lower_case": true, "strip_accents": false})"), 6);
  EXPECT_EQ(first(R"({"do_lower_case": false, "strip_accents": true})"), 7);
  EXPECT_EQ(first(R"({"do_lower_case": false})"), 8);
  EXPECT_EQ(first(R"({"do_basic_tokenize": false})"), 8);
}

TEST(VocabTxt, TokenizeChineseCharsCanBeSwitchedOff) {
  const std::string vocabulary = kHead + "\u4e2d\n##\u6587\n\u6587\n";
  EXPECT_EQ(from_vocab_txt(vocabulary).encode("\u4e2d\u6587").ids, (std::vector<int32_t>{2, 5, 7, 3}));
  EXPECT_EQ(from_vocab_txt(vocabulary, R"({"tokenize_chinese_chars": false})").encode("\u4e2d\u6587").ids,
            (std::vector<int32_t>{2, 5, 6, 3}));
}

TEST(VocabTxt, NeverSplitWordsStayWholeBetweenSpaces) {
  const std::string vocabulary = small_vocabulary() + "U.S.\n";
  const Tokenizer tokenizer = from_vocab_txt(vocabulary, R"({"never_split": ["U.S."]})");
  EXPECT_EQ(tokens_of(tokenizer, tokenizer.encode("the U.S. cat")),
            (std::vector<std::string>{"[CLS]", "the", "U.S.", "cat", "[SEP]"}));
  EXPECT_EQ(tokens_of(tokenizer, tokenizer.encode("U.S.a")),
            (std::vector<std::string>{"[CLS]", "u", ".", "s", ".", "a", "[SEP]"}));
  EXPECT_NO_THROW(from_vocab_txt(vocabulary, R"({"never_split": null})"));
}

TEST(VocabTxt, AddedTokensDecoderSetsTheFlags) {
  const std::string config = R"({"added_tokens_decoder": {
    "4": {"content": "[MASK]", "lstrip": true, "normalized": false, "special": true},
    "6": {"content": "<x>", "normalized": false, "special": false}}})";
  const Tokenizer tokenizer = from_vocab_txt(kHead + "the\n", config);
  EXPECT_EQ(tokenizer.encode("the  [MASK]<x>").ids, (std::vector<int32_t>{2, 5, 4, 6, 3}));
  EXPECT_EQ(tokenizer.encode("the  [MASK]<x>").offsets[2], (Offset{3, 11}));
  EXPECT_EQ(tokenizer.token(6), "<x>");
  EXPECT_EQ(tokenizer.id("<x>"), 6);
  EXPECT_EQ(tokenizer.vocab_size(), 7);
}

TEST(VocabTxt, SpecialTokensAreNamedByTheConfigurationOrTheMap) {
  const std::string vocabulary = "<unk>\n<s>\n</s>\nthe\n";
  const std::string config = R"({"unk_token": "<unk>", "cls_token": {"content": "<s>"}, "sep_token": "</s>"})";
  EXPECT_EQ(from_vocab_txt(vocabulary, config).encode("the dog").ids, (std::vector<int32_t>{1, 3, 0, 2}));
  EXPECT_EQ(from_vocab_txt(vocabulary, "{}", config).encode("the</s>").ids, (std::vector<int32_t>{1, 3, 2, 2}));
}

TEST(VocabTxt, ModelMaxLengthHasAValueForNoLimit) {
  const auto length = [](const char* config) {
    const Json json = parse_json(config, "tokenizer_config.json");
    return model_max_length_of(JsonObject(json, "tokenizer_config.json"));
  };
  EXPECT_EQ(length("{}"), 0);
  EXPECT_EQ(length(R"({"model_max_length": null})"), 0);
  EXPECT_EQ(length(R"({"model_max_length": 512})"), 512);
  EXPECT_EQ(length(R"({"model_max_length": 1000000000000000019884624838656})"), 0);
  EXPECT_EQ(length(R"({"model_max_length": 1e30})"), 0);
  EXPECT_THROW(length(R"({"model_max_length": 0})"), Error);
  EXPECT_THROW(length(R"({"model_max_length": -5})"), Error);
  EXPECT_THROW(length(R"({"model_max_length": "512"})"), Error);
}

TEST(VocabTxt, OtherTokenizerClassesAreUnsupported) {
  EXPECT_EQ(error_of(small_vocabulary(), R"({"tokenizer_class": "BertJapaneseTokenizer"})", ErrorCode::kUnsupported),
            "tokenizer_config.json: tokenizer_class 'BertJapaneseTokenizer' is not supported; BertTokenizer is");
  EXPECT_NO_THROW(from_vocab_txt(small_vocabulary(), R"({"tokenizer_class": "DistilBertTokenizerFast"})"));
}

TEST(VocabTxt, RefusesAMalformedConfiguration) {
  EXPECT_NE(error_of(small_vocabulary(), R"({"do_lower_case": "yes"})").find("do_lower_case"), std::string::npos);
  EXPECT_NE(error_of(small_vocabulary(), R"({"never_split": "x"})").find("never_split"), std::string::npos);
  EXPECT_NE(error_of(small_vocabulary(), R"({"added_tokens_decoder": {"x": {"content": "y"}}})").find("token id"),
            std::string::npos);
  EXPECT_NE(error_of(small_vocabulary(), R"({"added_tokens_decoder": {"1": {"content": "[MASK]"}}})").find("[MASK]"),
            std::string::npos);
  EXPECT_NE(error_of(small_vocabulary(), R"({"added_tokens_decoder": {"5000": {"content": "<x>"}}})").find("<x>"),
            std::string::npos);
}

}  // namespace
}  // namespace fbert::vocab_txt_test
