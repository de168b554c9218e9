#include <fstream>

#include <gtest/gtest.h>

#include "fbert/error.h"
#include "tests/support/paths.h"
#include "tests/tokenizer/support.h"

namespace fbert::tokenizer_json_test {
namespace {

using ::fbert::testing::from_tokenizer_json;

const std::vector<std::string> kTokens = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "cat", "##s"};

Json base() { return testing::bert_tokenizer_json(kTokens); }

std::string error_of(const std::string& text, ErrorCode code = ErrorCode::kData) {
  try {
    from_tokenizer_json(text);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    EXPECT_EQ(std::string(error.what()).find("tokenizer.json: "), 0U) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "accepted: " << text.substr(0, 200);
  return "";
}

Json added(const std::string& content, int64_t id, const Json& flags = Json::object()) {
  Json token = {{"id", id},        {"content", content},  {"single_word", false}, {"lstrip", false},
                {"rstrip", false}, {"normalized", false}, {"special", false}};
  token.update(flags);
  return token;
}

TEST(TokenizerJson, LoadsAndEncodes) {
  const Tokenizer tokenizer = from_tokenizer_json(base().dump());
  EXPECT_EQ(tokenizer.encode("The cats!").ids, (std::vector<int32_t>{5, 6, 7, 1}));
  EXPECT_EQ(tokenizer.vocab_size(), 8);
}

TEST(TokenizerJson, TakesTheVocabularyWhereverItStands) {
  // Keys before and behind the vocabulary, and a "vocab" and a "model" that are not it.
  const std::string text = R"({"vocab": 1, "x": {"model": {"vocab": [1]}},
    "model": {"vocab": {"[UNK]": 0, "\u00e9": 1, "e\"": 2}, "type": "WordPiece", "unk_token": "[UNK]",
              "continuing_subword_prefix": "##", "max_input_chars_per_word": 100},
    "normalizer": null, "pre_tokenizer": {"type": "BertPreTokenizer"}})";
  const Tokenizer tokenizer = from_tokenizer_json(text);
  EXPECT_EQ(tokenizer.encode("\u00e9 x").ids, (std::vector<int32_t>{1, 0}));
  EXPECT_EQ(tokenizer.token(2), "e\"");
}

TEST(TokenizerJson, DoesNotApplyStoredPaddingAndTruncation) {
  Json json = base();
  json["padding"] = {{"strategy", {{"Fixed", 16}}},
                     {"direction", "Right"},
                     {"pad_to_multiple_of", nullptr},
                     {"pad_id", 0},
                     {"pad_type_id", 0},
                     {"pad_token", "[PAD]"}};
  json["truncation"] = {{"direction", "Right"}, {"max_length", 2}, {"strategy", "LongestFirst"}, {"stride", 0}};
  EXPECT_EQ(from_tokenizer_json(json.dump()).encode("the cat the cat").ids, (std::vector<int32_t>{5, 6, 5, 6}));
}

TEST(TokenizerJson, NamesAnUnsupportedPart) {
  const auto with = [](const char* part, const Json& value) {
    Json json = base();
    json[part] = value;
    return error_of(json.dump(), ErrorCode::kUnsupported);
  };
  EXPECT_EQ(with("pre_tokenizer", {{"type", "Whitespace"}}),
            "tokenizer.json: pre_tokenizer 'Whitespace' is not supported; BertPreTokenizer is");
  EXPECT_EQ(with("pre_tokenizer", nullptr), "tokenizer.json: pre_tokenizer '' is not supported; BertPreTokenizer is");
  EXPECT_EQ(with("normalizer", {{"type", "Sequence"}, {"normalizers", Json::array()}}),
            "tokenizer.json: normalizer 'Sequence' is not supported; BertNormalizer is");
  EXPECT_EQ(with("post_processor", {{"type", "RobertaProcessing"}}),
            "tokenizer.json: post_processor 'RobertaProcessing' is not supported; TemplateProcessing or BertProcessing "
            "is");
  EXPECT_EQ(with("decoder", {{"type", "ByteLevel"}}),
            "tokenizer.json: decoder 'ByteLevel' is not supported; WordPiece is");
  EXPECT_EQ(with("model", {{"type", "BPE"}, {"vocab", {{"a", 0}}}, {"merges", Json::array()}}),
            "tokenizer.json: model 'BPE' is not supported; WordPiece is");
  EXPECT_EQ(with("model", {{"type", "Unigram"}, {"unk_id", 0}, {"vocab", Json::array({Json::array({"a", -1.5})})}}),
            "tokenizer.json: model 'Unigram' is not supported; WordPiece is");
  EXPECT_EQ(with("model", {{"type", "WordLevel"}, {"vocab", {{"a", 0}}}, {"unk_token", "a"}}),
            "tokenizer.json: model 'WordLevel' is not supported; WordPiece is");
}

TEST(TokenizerJson, RefusesHostileVocabularies) {
  const auto vocabulary = [](const std::string& text) {
    return error_of(R"({"model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
      "max_input_chars_per_word": 100, "vocab": )" +
                    text + R"(}, "pre_tokenizer": {"type": "BertPreTokenizer"}})");
  };
  EXPECT_NE(vocabulary(R"({"[UNK]": 0, "a": 0})").find("the id 0 belongs to '[UNK]' already"), std::string::npos);
  EXPECT_NE(vocabulary(R"({"[UNK]": 0, "a": 1, "a": 2})").find("duplicate token 'a'"), std::string::npos);
  EXPECT_NE(vocabulary(R"({"[UNK]": 0, "a": -1})").find("found -1"), std::string::npos);
  EXPECT_NE(vocabulary(R"({"[UNK]": 0, "a": 2147483647})").find("found 2147483647"), std::string::npos);
  EXPECT_NE(vocabulary(R"({"[UNK]": 0, "a": 18446744073709551615})").find("expected an id from 0"), std::string::npos);
  EXPECT_NE(vocabulary(R"({"[UNK]": 0, "a": 1e3})").find("expected an integer"), std::string::npos);
  EXPECT_NE(vocabulary(R"({"[UNK]": 0, "a": "1"})").find("expected a number"), std::string::npos);
  EXPECT_NE(vocabulary(R"({"a": 0})").find("no unknown token '[UNK]'"), std::string::npos);
  EXPECT_NE(vocabulary("{}").find("no unknown token '[UNK]'"), std::string::npos);
  EXPECT_NE(vocabulary("null").find("vocab"), std::string::npos);
  EXPECT_NE(vocabulary("[1]").find("vocab"), std::string::npos);
}

TEST(TokenizerJson, RefusesMalformedParts) {
  const auto with = [](const std::string& pointer, const Json& value) {
    Json json = base();
    json[Json::json_pointer(pointer)] = value;
    return error_of(json.dump());
  };
  with("/normalizer/lowercase", 1);
  with("/normalizer/strip_accents", "yes");
  with("/model/max_input_chars_per_word", -1);
  with("/model/unk_token", 5);
  with("/added_tokens", "x");
  with("/added_tokens", Json::array({1}));
  with("/added_tokens", Json::array({added("the", -1)}));
  with("/post_processor", {{"type", "BertProcessing"}, {"cls", Json::array({"[CLS]", 2})}, {"sep", 3}});
  with("/post_processor", {{"type", "TemplateProcessing"}, {"single", Json::array({1})}, {"pair", Json::array()}});
  const Json b_alone = Json::array({{{"Sequence", {{"id", "B"}, {"type_id", 0}}}}});
  with("/post_processor", {{"type", "TemplateProcessing"}, {"single", b_alone}, {"pair", b_alone}});
  const Json missing = Json::array({{{"SpecialToken", {{"id", "[CLS]"}, {"type_id", 0}}}}});
  with("/post_processor",
       {{"type", "TemplateProcessing"}, {"single", missing}, {"pair", missing}, {"special_tokens", Json::object()}});
}

TEST(TokenizerJson, RefusesATemplateWithoutEachTextOnce) {
  const auto pieces = [](const std::string& texts) {
    Json list = Json::array();
    for (const char id : texts) list.push_back({{"Sequence", {{"id", std::string(1, id)}, {"type_id", 0}}}});
    return list;
  };
  const auto with = [&](const std::string& single, const std::string& pair) {
    Json json = base();
    json["post_processor"] = {{"type", "TemplateProcessing"}, {"single", pieces(single)}, {"pair", pieces(pair)}};
    return json.dump();
  };
  const std::string prefix = "tokenizer.json: key 'post_processor.";
  for (const char* single : {"", "AA"}) {
    EXPECT_EQ(error_of(with(single, "AB")), prefix + "single': expected the text A exactly once");
  }
  for (const char* pair : {"", "B", "AAB"}) {
    EXPECT_EQ(error_of(with("A", pair)), prefix + "pair': expected the text A exactly once");
  }
  for (const char* pair : {"A", "ABB"}) {
    EXPECT_EQ(error_of(with("A", pair)), prefix + "pair': expected the text B exactly once");
  }
  EXPECT_NO_THROW(from_tokenizer_json(with("A", "BA")));
}

TEST(TokenizerJson, NamesPositionsInTheFileBehindTheVocabulary) {
  const std::string text = R"({"model": {"vocab":  {"[UNK]": 0, "a": 1}}, "x": 1,"x": 2})";
  EXPECT_EQ(error_of(text), "tokenizer.json: byte " + std::to_string(text.rfind("\"x\"")) + ": duplicate key 'x'");
}

TEST(TokenizerJson, RefusesATemplateWithIdsThatAreNoTokens) {
  Json json = base();
  json["post_processor"] = {
      {"type", "BertProcessing"}, {"cls", Json::array({"[CLS]", 2})}, {"sep", Json::array({"[SEP]", 8})}};
  EXPECT_EQ(error_of(json.dump()), "tokenizer.json: key 'post_processor': no token has the id 8");
  json["added_tokens"] = Json::array({added("<x>", 8)});
  EXPECT_EQ(from_tokenizer_json(json.dump()).encode("the").ids, (std::vector<int32_t>{2, 5, 8}));
}

TEST(TokenizerJson, RefusesAddedTokensWithIdsTheReferenceWouldNotGive) {
  const auto with = [](const Json& tokens) {
    Json json = base();
    json["added_tokens"] = tokens;
    return error_of(json.dump());
  };
  EXPECT_EQ(with(Json::array({added("the", 6)})), "tokenizer.json: added token 'the': expected the id 5, found 6");
  EXPECT_EQ(with(Json::array({added("<x>", 9)})), "tokenizer.json: added token '<x>': expected the id 8, found 9");
  EXPECT_EQ(with(Json::array({added("<x>", 8), added("<x>", 8, {{"lstrip", true}})})),
            "tokenizer.json: added token '<x>': listed twice with different properties");
  with(Json::array({added(std::string(2000, 'x'), 8)}));
  Json json = base();
  json["added_tokens"] = Json::array({added("", 77), added("<x>", 8), added("<x>", 8), added("<y>", 9)});
  EXPECT_EQ(from_tokenizer_json(json.dump()).encode("<x><y>").ids, (std::vector<int32_t>{8, 9}));
}

TEST(TokenizerJson, RefusesAnAddedTokenThatIsNothingOnceNormalised) {
  Json json = base();
  json["added_tokens"] = Json::array({added("\u200b", 8, {{"normalized", true}})});
  error_of(json.dump(), ErrorCode::kUnsupported);
}

TEST(TokenizerJson, RefusesBrokenJson) {
  for (const char* text : {"", "{", "[]", "1", "{\"model\": {\"vocab\": {\"a\": }}}", "{} x"}) error_of(text);
  error_of(std::string(10'000, '['));
  error_of("{\"model\": " + std::string(10'000, '[') + "}");
  const std::string whole = base().dump();
  for (size_t length = 0; length < whole.size(); ++length) error_of(whole.substr(0, length));
}

TEST(TokenizerFolder, SaysWhatIsMissing) {
  const testing::TemporaryFolder folder;
  try {
    Tokenizer::load(folder.path());
    FAIL() << "loaded an empty folder";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kData);
    EXPECT_EQ(error.what(), folder.path().string() + ": neither tokenizer.json nor vocab.txt is there");
  }
}

std::string load_error(const std::filesystem::path& folder) {
  try {
    Tokenizer::load(folder);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kData) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "loaded";
  return "";
}

// An incomplete download in a hub cache leaves links to files that are not there.
TEST(TokenizerFolder, RefusesABrokenLinkToAnyOfItsFiles) {
  for (const char* name : {"tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt"}) {
    for (const char* target : {"missing", name}) {  // dangling, and to itself
      const testing::TemporaryFolder folder;
      if (name != std::string_view("vocab.txt")) {
        std::ofstream(folder.path() / "vocab.txt") << testing::small_vocabulary();
      }
      std::filesystem::create_symlink(target, folder.path() / name);
      const std::string expected = (folder.path() / name).string() + ": cannot open: ";
      EXPECT_EQ(load_error(folder.path()).substr(0, expected.size()), expected);
    }
  }
}

TEST(TokenizerFolder, RefusesAFolderThatMayNotBeSearched) {
  namespace fs = std::filesystem;
  const testing::TemporaryFolder folder;
  std::ofstream(folder.path() / "vocab.txt") << testing::small_vocabulary();
  fs::permissions(folder.path(), fs::perms::none);
  std::error_code denied;
  if (fs::exists(folder.path() / "vocab.txt", denied)) GTEST_SKIP() << "this user may search every folder";
  const std::string message = load_error(folder.path());
  fs::permissions(folder.path(), fs::perms::owner_all);
  EXPECT_EQ(message, (folder.path() / "tokenizer_config.json").string() + ": cannot open: Permission denied");
}

TEST(TokenizerFolder, PrefersTokenizerJsonAndReadsTheMaximumLength) {
  const testing::TemporaryFolder folder;
  std::ofstream(folder.path() / "vocab.txt") << testing::small_vocabulary();
  EXPECT_EQ(Tokenizer::load(folder.path()).source(), (folder.path() / "vocab.txt").string());
  std::ofstream(folder.path() / "tokenizer.json") << base().dump();
  std::ofstream(folder.path() / "tokenizer_config.json") << R"({"model_max_length": 128})";
  const Tokenizer tokenizer = Tokenizer::load(folder.path());
  EXPECT_EQ(tokenizer.source(), (folder.path() / "tokenizer.json").string());
  EXPECT_EQ(tokenizer.model_max_length(), 128);
  EXPECT_EQ(tokenizer.vocab_size(), 8);
}

}  // namespace
}  // namespace fbert::tokenizer_json_test
