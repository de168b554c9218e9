// What the JSON files beside a vocab.txt add to it, with the ids and flags that transformers gives.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fbert/error.h"
#include "tests/support/paths.h"
#include "tests/support/tiny_model.h"
#include "tests/tokenizer/support.h"

namespace fbert::folder_tokens_test {
namespace {

using ::fbert::testing::from_vocab_txt;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string kVocabulary = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nthe\nfilm\n";  // 7 tokens

std::vector<int32_t> ids(const Tokenizer& tokenizer, std::string_view text) {
  return tokenizer.encode(text, {.add_special_tokens = false}).ids;
}

std::string error_of(std::string_view config, std::string_view special_tokens, std::string_view added_tokens) {
  try {
    from_vocab_txt(kVocabulary, config, special_tokens, added_tokens);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(FolderTokens, AddedTokensFileGivesIds) {
  const Tokenizer tokenizer = from_vocab_txt(kVocabulary, "{}", R"({"additional_special_tokens": ["[E1]"]})",
                                             R"({"[/E1]": 8, "[E1]": 7, "Film": 9})");
  EXPECT_THAT(ids(tokenizer, "The[E1]film[/e1]"), ElementsAre(5, 7, 9, 8));
  EXPECT_THAT(ids(tokenizer, "[e1]"), ElementsAre(1, 1, 1));   // special tokens are found in the text as it came
  EXPECT_THAT(ids(tokenizer, "the filM"), ElementsAre(5, 9));  // others in the normalised one
  EXPECT_EQ(tokenizer.decode(std::vector<int32_t>{7, 8}), "[/e1]");
  EXPECT_EQ(tokenizer.vocab_size(), 10);
}

TEST(FolderTokens, NewSpecialTokensFollowTheVocabularyInOrder) {
  const char* list = R"({"additional_special_tokens": ["[E1]", "[MASK]", "[/E1]", "[E1]"]})";
  for (const Tokenizer& tokenizer : {from_vocab_txt(kVocabulary, list), from_vocab_txt(kVocabulary, "{}", list)}) {
    EXPECT_THAT(ids(tokenizer, "[E1] the [/E1] [MASK]"), ElementsAre(7, 5, 8, 4));
  }
  const Tokenizer both = from_vocab_txt(kVocabulary, R"({"additional_special_tokens": ["[A]"]})",
                                        R"({"bos_token": "[BOS]", "additional_special_tokens": ["[B]", "[A]"]})");
  EXPECT_THAT(ids(both, "[BOS][A][B]"), ElementsAre(7, 8, 9));
  const Tokenizer named = from_vocab_txt(kVocabulary, R"({"extra_special_tokens": {"image_token": "<image>"}})");
  EXPECT_THAT(ids(named, "the<image>"), ElementsAre(5, 7));
}

TEST(FolderTokens, SpecialTokensMayHaveFlags) {
  const Tokenizer tokenizer = from_vocab_txt(kVocabulary, "{}", R"({"mask_token": {"content": "[MASK]", "lstrip": true},
                             "additional_special_tokens": [{"content": "The", "normalized": true, "single_word": true}]})");
  EXPECT_EQ(tokenizer.encode("film  [MASK]", {.add_special_tokens = false}).offsets[1], (Offset{4, 12}));
  EXPECT_THAT(ids(tokenizer, "THE film"), ElementsAre(7, 6));
  EXPECT_THAT(ids(tokenizer, "thefilm"), ElementsAre(1));
}

TEST(FolderTokens, TheMapNamesTheTokensOfTheTemplate) {
  const std::string vocabulary = "<pad>\n<unk>\n<s>\n</s>\n<mask>\nthe\n";
  const Tokenizer tokenizer = from_vocab_txt(vocabulary, R"({"cls_token": "[CLS]"})",
                                             R"({"unk_token": "<unk>", "cls_token": "<s>", "sep_token": "</s>",
                                                 "pad_token": "<pad>", "mask_token": "<mask>"})");
  EXPECT_THAT(tokenizer.encode("the <mask> x").ids, ElementsAre(2, 5, 4, 1, 3));
  EXPECT_EQ(tokenizer.vocab_size(), 6);
  // One that the vocabulary lacks is new.
  EXPECT_THAT(from_vocab_txt(kVocabulary, "{}", R"({"cls_token": "<s>"})").encode("the").ids, ElementsAre(7, 5, 3));
}

// As transformers since 4.34 reads what it writes.
TEST(FolderTokens, ADecoderMakesTheOtherFilesCountForNothing) {
  const Tokenizer tokenizer = from_vocab_txt(
      kVocabulary, R"({"added_tokens_decoder": {"7": {"content": "[E1]", "special": false, "normalized": false}},
                       "additional_special_tokens": ["[E1]", "[E2]"]})",
      R"({"sep_token": "[PAD]", "additional_special_tokens": ["[E3]"]})", R"({"[E4]": 8})");
  EXPECT_THAT(tokenizer.encode("[E1][E2]").ids, ElementsAre(2, 7, 8, 3));
  EXPECT_EQ(tokenizer.vocab_size(), 9);
  EXPECT_EQ(tokenizer.decode(std::vector<int32_t>{7}), "");
}

TEST(FolderTokens, TheClassesOwnTokensThatAreMissingAreNone) {
  const std::string vocabulary = "[UNK]\n[CLS]\n[SEP]\nthe\n";
  EXPECT_EQ(from_vocab_txt(vocabulary).vocab_size(), 4);
  // Behind them, ids are those that transformers gives: [PAD] 4, [MASK] 5.
  const Tokenizer tokenizer = from_vocab_txt(vocabulary, R"({"additional_special_tokens": ["[E1]"]})");
  EXPECT_THAT(ids(tokenizer, "the[E1]"), ElementsAre(3, 6));
}

TEST(FolderTokens, RefusesIdsThatTransformersWouldNotGive) {
  EXPECT_THAT(error_of("{}", "{}", R"({"[E1]": 9})"),
              HasSubstr("added_tokens.json: added token '[E1]': expected the id 7, found 9"));
  EXPECT_THAT(error_of("{}", "{}", R"({"the": 7})"),
              HasSubstr("added_tokens.json: added token 'the': expected the id 5, found 7"));
  EXPECT_THAT(error_of("{}", "{}", R"({"[E1]": "7"})"),
              HasSubstr("added_tokens.json: key '[E1]': expected an integer"));
  const std::string long_token = '"' + std::string(2000, 'x') + '"';
  EXPECT_THAT(error_of("{\"additional_special_tokens\": [" + long_token + "]}", "{}", "{}"),
              AllOf(HasSubstr("tokenizer_config.json: added token 'xx"), HasSubstr("longer than 1024 bytes")));
  EXPECT_THAT(error_of("{}", R"({"cls_token": 5})", "{}"), HasSubstr("special_tokens_map.json"));
  EXPECT_THAT(error_of(R"({"additional_special_tokens": "x"})", "{}", "{}"), HasSubstr("expected an array"));
}

TEST(FolderTokens, AreReadFromAFolder) {
  const testing::TemporaryFolder folder;
  testing::write_text(folder.path() / "vocab.txt", "\xEF\xBB\xBF" + kVocabulary);
  testing::write_text(folder.path() / "added_tokens.json", "\xEF\xBB\xBF{\"[E1]\": 7}");
  testing::write_text(folder.path() / "special_tokens_map.json",
                      R"({"additional_special_tokens": ["[E1]"], "x": NaN})");
  const Tokenizer tokenizer = Tokenizer::load(folder.path());
  EXPECT_THAT(ids(tokenizer, "[PAD] the[E1]"), ElementsAre(0, 5, 7));
  EXPECT_EQ(tokenizer.vocab_size(), 8);
}

}  // namespace
}  // namespace fbert::folder_tokens_test
