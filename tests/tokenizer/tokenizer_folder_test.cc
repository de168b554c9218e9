// tokenizer.json beside tokenizer_config.json, and what may stand in its place.
#include <fstream>

#include <gtest/gtest.h>

#include "fbert/error.h"
#include "tests/support/paths.h"
#include "tests/tokenizer/support.h"

namespace fbert::tokenizer_folder_test {
namespace {

// A folder's tokenizer.json with this normaliser and a tokenizer_config.json, over the words of both cases.
Tokenizer configured(const Json& normalizer, const std::string& config) {
  const testing::TemporaryFolder folder;
  Json json =
      testing::bert_tokenizer_json({"[UNK]", "cafe", "caf\u00e9", "Cafe", "Caf\u00e9", "\u4e2d", "##\u6587", "\u6587"});
  if (normalizer.is_null()) json["normalizer"] = nullptr;
  if (normalizer.is_object()) json["normalizer"].update(normalizer);
  std::ofstream(folder.path() / "tokenizer.json") << json.dump();
  if (!config.empty()) std::ofstream(folder.path() / "tokenizer_config.json") << config;
  return Tokenizer::load(folder.path());
}

TEST(TokenizerJson, TheConfigurationOfABertClassHasTheSayOfTheNormaliser) {
  struct Case {
    Json normalizer;
    std::string config;
    int32_t expected;  // id of "Café"
  };
  const Json cased = {{"lowercase", false}};
  const Json uncased = {{"lowercase", true}};
  const std::vector<Case> cases = {
      {uncased, R"({"do_lower_case": false, "tokenizer_class": "BertTokenizer"})", 4},
      {cased, R"({"tokenizer_class": "BertTokenizerFast"})", 1},
      {cased, R"({"tokenizer_class": "DistilBertTokenizer"})", 1},
      {cased, "{}", 1},
      {uncased, R"({"strip_accents": false})", 2},
      {uncased, R"({"do_lower_case": false, "strip_accents": true})", 3},
      {{{"lowercase", true}, {"strip_accents", false}}, R"({"do_lower_case": true, "strip_accents": null})", 1},
      // No class of BERT's, or no file: tokenizer.json alone.
      {cased, R"({"tokenizer_class": "PreTrainedTokenizerFast"})", 4},
      {uncased, R"({"tokenizer_class": "PreTrainedTokenizerFast", "do_lower_case": false})", 1},
      {cased, "", 4},
      {nullptr, "{}", 4},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(configured(one.normalizer, one.config).encode("Caf\u00e9").ids.at(0), one.expected)
        << one.normalizer << one.config;
  }
  EXPECT_EQ(configured(uncased, R"({"tokenize_chinese_chars": false})").encode("\u4e2d\u6587").ids,
            (std::vector<int32_t>{5, 6}));
}

TEST(TokenizerJson, AConflictWithTheConfigurationIsSaidOnce) {
  EXPECT_TRUE(configured({{"lowercase", true}}, R"({"do_lower_case": true})").notes().empty());
  EXPECT_TRUE(
      configured({{"lowercase", false}, {"strip_accents", false}}, R"({"do_lower_case": false})").notes().empty());
  const std::vector<std::string> notes = configured({{"lowercase", false}}, "{}").notes();
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_NE(notes[0].find("tokenizer_config.json: do_lower_case true (by default), strip_accents true (by default)"),
            std::string::npos)
      << notes[0];
}

TEST(TokenizerJson, NamesFilesThatAreEmptyOrPointers) {
  const testing::TemporaryFolder folder;
  const auto error = [&](const std::string& text) {
    std::ofstream(folder.path() / "tokenizer.json", std::ios::trunc) << text;
    try {
      Tokenizer::load(folder.path());
    } catch (const Error& e) {
      return std::string(e.what());
    }
    return std::string("no error");
  };
  EXPECT_NE(error("").find("tokenizer.json: the file is empty"), std::string::npos);
  EXPECT_NE(error("version https://git-lfs.github.com/spec/v1\n").find("Git LFS pointer"), std::string::npos);
  EXPECT_NE(error("x").find("expected a value, found 'x'"), std::string::npos);
  EXPECT_EQ(error("\xEF\xBB\xBF" + testing::bert_tokenizer_json({"[UNK]"}).dump()), "no error");
}

}  // namespace
}  // namespace fbert::tokenizer_folder_test
