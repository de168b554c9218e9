// What the parts of a tokenizer.json beside its vocabulary may cost.
#include <gtest/gtest.h>

#include "fbert/error.h"
#include "tests/support/heap_meter.h"
#include "tests/tokenizer/support.h"

namespace fbert::hostile_tokenizer_test {
namespace {

using ::fbert::testing::from_tokenizer_json;

Json base() {
  return testing::bert_tokenizer_json({"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "cat", "##s"});
}

std::string error_of(const std::string& text) {
  try {
    from_tokenizer_json(text);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

Json added(const std::string& content, int id) {
  return {{"id", id}, {"content", content}, {"normalized", false}, {"special", false}};
}

// 20,000 ids in one special token times 20,000 pieces of a template.
TEST(HostileTokenizer, ATemplateCannotMultiplyItsIds) {
  Json json = base();
  Json pieces = Json::array({{{"Sequence", {{"id", "A"}, {"type_id", 0}}}}});
  for (int i = 0; i < 20'000; ++i) pieces.push_back({{"SpecialToken", {{"id", "x"}, {"type_id", 0}}}});
  json["post_processor"] = {{"type", "TemplateProcessing"},
                            {"single", pieces},
                            {"pair", pieces},
                            {"special_tokens", {{"x", {{"id", "x"}, {"ids", std::vector<int>(20'000, 2)}}}}}};
  const std::string text = json.dump();
  EXPECT_LE(testing::peak_heap_bytes(
                [&] { EXPECT_NE(error_of(text).find("more than 65536 ids of special tokens"), std::string::npos); }),
            64U << 20);
}

TEST(HostileTokenizer, ManyIdsAndManyAddedTokensTakeNoSquareOfTime) {
  Json json = base();
  for (int i = 0; i < 50'000; ++i) json["added_tokens"].push_back(added("<" + std::to_string(i) + ">", 8 + i));
  const Json pieces = {{{"Sequence", {{"id", "A"}, {"type_id", 0}}}},
                       {{"SpecialToken", {{"id", "x"}, {"type_id", 0}}}}};
  Json pair = pieces;
  pair.push_back({{"Sequence", {{"id", "B"}, {"type_id", 0}}}});
  json["post_processor"] = {{"type", "TemplateProcessing"},
                            {"single", pieces},
                            {"pair", pair},
                            {"special_tokens", {{"x", {{"id", "x"}, {"ids", std::vector<int>(50'000, 50'007)}}}}}};
  EXPECT_EQ(from_tokenizer_json(json.dump()).encode("the").ids.size(), 50'001U);
}

TEST(HostileTokenizer, LongTokensWantALimitOfTheWord) {
  Json json = base();
  json["model"]["max_input_chars_per_word"] = INT32_MAX;
  EXPECT_NO_THROW(from_tokenizer_json(json.dump()));  // without long tokens no place has many candidates
  json["model"]["vocab"]["##" + std::string(2'000, 'a')] = 8;
  EXPECT_NE(error_of(json.dump()).find("max_input_chars_per_word"), std::string::npos);
  json["model"]["max_input_chars_per_word"] = 200;
  EXPECT_EQ(from_tokenizer_json(json.dump()).encode(std::string(201, 'a')).ids.size(), 1U);
}

}  // namespace
}  // namespace fbert::hostile_tokenizer_test
