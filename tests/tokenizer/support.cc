#include "tests/tokenizer/support.h"

#include <fmt/format.h>

#include "tokenizer/tokenizer_json.h"
#include "tokenizer/vocab_txt.h"

namespace fbert::testing {

std::string canonical(const Encoding& encoding) {
  std::string text;
  // Millions of tokens come by: a quarter of the time of fmt::format_to().
  const auto append = [&text](const auto number, char behind) {
    const fmt::format_int digits(number);
    text.append(digits.data(), digits.size());
    text.push_back(behind);
  };
  for (size_t i = 0; i < encoding.ids.size(); ++i) {
    append(encoding.ids[i], ':');
    append(encoding.offsets[i].begin, '-');
    append(encoding.offsets[i].end, ':');
    append(encoding.type_ids[i], ' ');
  }
  if (!text.empty()) text.pop_back();
  return text;
}

void Digest::add(std::string_view text) {
  for (const char c : text) hash_ = (hash_ ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
}

std::string Digest::hex() const { return fmt::format("{:016x}", hash_); }

Tokenizer from_vocab_txt(std::string_view vocabulary, std::string_view config, std::string_view special_tokens,
                         std::string_view added_tokens) {
  const Json config_json = parse_json(config, "tokenizer_config.json");
  const Json special_json = parse_json(special_tokens, "special_tokens_map.json");
  const Json added_json = parse_json(added_tokens, "added_tokens.json");
  return Tokenizer(parse_vocab_txt(
      vocabulary, "vocab.txt",
      {JsonObject(config_json, "tokenizer_config.json"), JsonObject(special_json, "special_tokens_map.json"),
       JsonObject(added_json, "added_tokens.json")}));
}

Tokenizer from_tokenizer_json(std::string_view json) {
  return Tokenizer(parse_tokenizer_json(std::string(json), "tokenizer.json"));
}

std::string small_vocabulary() {
  std::string text = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n";
  for (char c = 'a'; c <= 'z'; ++c) text += fmt::format("{}\n##{}\n", c, c);
  for (const char c : std::string_view("[]().,!?'-")) text += fmt::format("{}\n", c);
  return text + "the\ncat\nsat\nun\n##happi\n##ly\n";
}

Json bert_tokenizer_json(const std::vector<std::string>& vocabulary) {
  Json json = Json::parse(R"({
    "version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
    "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null,
                   "lowercase": true},
    "pre_tokenizer": {"type": "BertPreTokenizer"}, "post_processor": null,
    "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
    "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
              "max_input_chars_per_word": 100, "vocab": {}}})");
  for (size_t id = 0; id < vocabulary.size(); ++id) json["model"]["vocab"][vocabulary[id]] = id;
  return json;
}

std::vector<std::string> tokens_of(const Tokenizer& tokenizer, const Encoding& encoding) {
  std::vector<std::string> tokens;
  for (const int32_t id : encoding.ids) tokens.emplace_back(tokenizer.token(id));
  return tokens;
}

}  // namespace fbert::testing
