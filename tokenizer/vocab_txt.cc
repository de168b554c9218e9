#include "tokenizer/vocab_txt.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "fbert/error.h"
#include "tokenizer/unicode.h"
#include "tokenizer/utf8.h"

namespace fbert {
namespace {

constexpr std::array<std::string_view, 10> kBertClasses = {
    "BertTokenizer",     "BertTokenizerFast",     "DistilBertTokenizer", "DistilBertTokenizerFast",
    "ElectraTokenizer",  "ElectraTokenizerFast",  "MobileBertTokenizer", "MobileBertTokenizerFast",
    "ConvBertTokenizer", "ConvBertTokenizerFast",
};

std::string_view without_trailing_space(std::string_view line) {
  while (!line.empty()) {
    size_t end = line.size();
    if (!(UnicodeTable::get().flags(previous_code_point(line, end)) & kSpaceFlag)) break;
    line = line.substr(0, end);
  }
  return line;
}

// One token per line, whose id is the number of the line from 0. White space at the end of a line does not count; a
// token that is listed twice has the last id.
Vocabulary read_vocabulary(std::string_view text, const std::string& source) {
  if (const size_t valid = valid_utf8_prefix(text); valid < text.size()) {
    throw Error(ErrorCode::kData, fmt::format("{}: invalid UTF-8 at byte {}", source, valid));
  }
  if (text.starts_with("\xEF\xBB\xBF")) {
    throw Error(ErrorCode::kData, fmt::format("{}: begins with a byte order mark, which would be part of the first "
                                              "token",
                                              source));
  }
  Vocabulary vocabulary(source, text.size());
  for (int64_t id = 0; !text.empty(); ++id) {
    const size_t end = std::min(text.find('\n'), text.size());
    vocabulary.add(without_trailing_space(text.substr(0, end)), id);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return vocabulary;
}

// A special token is a string, or an object with its content.
std::string special_token(const JsonObject& config, const JsonObject& map, std::string_view key,
                          const std::string& fallback) {
  const JsonObject& json = map.find(key) != nullptr ? map : config;
  const Json* value = json.find(key);
  if (value == nullptr) return fallback;
  return value->is_object() ? json.object(key).string("content") : json.string(key);
}

AddedToken special(std::string content, int32_t id) {
  AddedToken token;
  token.content = std::move(content);
  token.id = id;
  token.special = true;
  return token;
}

// `added_tokens_decoder`: {"100": {"content": "[UNK]", ...}, ...}, in the order of the ids.
std::vector<AddedToken> read_added_tokens(const JsonObject& config) {
  std::vector<AddedToken> tokens;
  if (config.find("added_tokens_decoder") == nullptr) return tokens;
  const JsonObject table = config.object("added_tokens_decoder");
  for (const auto& [key, value] : table.json().items()) {
    int32_t id = 0;
    const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), id);
    if (error != std::errc() || end != key.data() + key.size() || id < 0 || id == INT32_MAX) {
      table.fail(key, "expected a token id as the key");
    }
    const JsonObject token(value, table.source(), table.path_of(key));
    tokens.push_back(read_added_token(token, token.string("content"), id));
  }
  std::sort(tokens.begin(), tokens.end(), [](const AddedToken& a, const AddedToken& b) { return a.id < b.id; });
  return tokens;
}

std::vector<std::string> read_strings(const JsonObject& json, std::string_view key) {
  std::vector<std::string> strings;
  const Json* list = json.find(key);
  if (list == nullptr) return strings;
  if (!list->is_array()) json.fail(key, "expected an array");
  for (const Json& item : *list) {
    if (item.is_string()) {
      strings.push_back(item.get<std::string>());
    } else {
      strings.push_back(JsonObject(item, json.source(), json.path_of(key)).string("content"));
    }
  }
  return strings;
}

}  // namespace

TokenizerSpec parse_vocab_txt(std::string_view bytes, const std::string& source, const JsonObject& config,
                              const JsonObject& special_tokens) {
  const std::string type = config.string_or("tokenizer_class", "BertTokenizer");
  if (std::find(kBertClasses.begin(), kBertClasses.end(), type) == kBertClasses.end()) {
    throw Error(ErrorCode::kUnsupported, fmt::format("{}: tokenizer_class {} is not supported; BertTokenizer is",
                                                     config.source(), escaped(type)));
  }
  const auto name = [&](std::string_view key, const std::string& fallback) {
    return special_token(config, special_tokens, key, fallback);
  };

  TokenizerSpec spec;
  spec.source = source;
  spec.model = WordPiece(read_vocabulary(bytes, source), name("unk_token", "[UNK]"), "##", 100);
  const Vocabulary& vocabulary = vocabulary_of(*spec.model);
  const bool basic = config.boolean_or("do_basic_tokenize", true);
  BertNormalizerOptions normalizer;
  normalizer.lowercase = basic && config.boolean_or("do_lower_case", true);
  normalizer.strip_accents = basic && config.boolean_or("strip_accents", normalizer.lowercase);
  normalizer.handle_chinese_chars = basic && config.boolean_or("tokenize_chinese_chars", true);
  spec.normalizer = BertNormalizer(normalizer);

  const auto required = [&](std::string_view key, const std::string& fallback) {
    const std::string token = name(key, fallback);
    const int32_t id = vocabulary.find(token);
    if (id < 0) {
      throw Error(ErrorCode::kData, fmt::format("{}: the vocabulary has no {} {}", source, key, escaped(token)));
    }
    return id;
  };
  spec.post_processor = bert_template(required("cls_token", "[CLS]"), required("sep_token", "[SEP]"));

  std::vector<AddedToken> tokens = read_added_tokens(config);
  const auto add = [&](AddedToken token) {
    const auto same = [&](const AddedToken& other) { return other.content == token.content; };
    if (token.id >= 0 && std::none_of(tokens.begin(), tokens.end(), same)) tokens.push_back(std::move(token));
  };
  for (const std::string_view key : {"unk_token", "sep_token", "pad_token", "cls_token", "mask_token"}) {
    std::string fallback = "[" + std::string(key.substr(0, key.find('_'))) + "]";
    std::transform(fallback.begin(), fallback.end(), fallback.begin(),
                   [](char c) { return static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c); });
    const std::string token = name(key, fallback);
    add(special(token, vocabulary.find(token)));
  }
  for (const JsonObject* json : {&config, &special_tokens}) {
    for (const std::string& token : read_strings(*json, "additional_special_tokens")) {
      add(special(token, vocabulary.find(token)));
    }
  }
  for (const std::string& word : read_strings(config, "never_split")) {
    AddedToken token;
    token.content = word;
    token.id = vocabulary.find(word);
    token.never_split = true;
    add(std::move(token));
  }
  spec.added_tokens = checked_added_tokens(std::move(tokens), vocabulary);
  return spec;
}

int32_t model_max_length_of(const JsonObject& config) {
  if (config.find("model_max_length") == nullptr) return 0;
  const double length = config.number("model_max_length");
  if (!(length >= 1)) config.fail("model_max_length", "expected a number of at least 1");
  return length > INT32_MAX ? 0 : static_cast<int32_t>(std::floor(length));
}

}  // namespace fbert
