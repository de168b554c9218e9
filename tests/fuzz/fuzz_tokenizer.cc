// Any bytes are a text: encoding them keeps what it promises about ids, types, offsets, lengths and decoding.
// The first two bytes choose the options, a 0x1E byte parts the two texts of a pair.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "fbert/error.h"
#include "fbert/tokenizer.h"
#include "loader/json.h"
#include "tests/fuzz/target.h"
#include "tokenizer/tokenizer_json.h"
#include "tokenizer/utf8.h"

namespace fbert::fuzz_tokenizer {
namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

Tokenizer make_tokenizer(bool lowercase) {
  Json json = Json::parse(R"({"normalizer": {"type": "BertNormalizer", "clean_text": true,
    "handle_chinese_chars": true, "strip_accents": null, "lowercase": true},
    "pre_tokenizer": {"type": "BertPreTokenizer"}, "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
    "post_processor": {"type": "BertProcessing", "cls": ["[CLS]", 2], "sep": ["[SEP]", 3]},
    "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
              "max_input_chars_per_word": 100}})");
  json["normalizer"]["lowercase"] = lowercase;
  int id = 0;
  for (const char* token : {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "##ing", "\u4e2d", "\u1112"}) {
    json["model"]["vocab"][token] = id++;
  }
  for (char c = 'a'; c <= 'z'; ++c) {
    json["model"]["vocab"][std::string(1, c)] = id++;
    json["model"]["vocab"][std::string("##") + c] = id++;
  }
  const auto add = [&](const char* content, int token_id, bool special, bool normalized, bool strip, bool single) {
    json["added_tokens"].push_back({{"id", token_id},
                                    {"content", content},
                                    {"special", special},
                                    {"normalized", normalized},
                                    {"lstrip", strip},
                                    {"rstrip", strip},
                                    {"single_word", single}});
  };
  add("[CLS]", 2, true, false, false, false);
  add("[SEP]", 3, true, false, false, false);
  add("<\u00e9>", id++, false, true, true, false);
  add("ab", id++, false, false, false, true);
  add("  x", id++, false, false, true, false);
  return Tokenizer(parse_tokenizer_json(json.dump(), "fuzz"));
}

void check(const Tokenizer& tokenizer, const Encoding& encoding, const EncodeOptions& options, size_t code_points) {
  const size_t n = encoding.ids.size();
  require(encoding.type_ids.size() == n && encoding.offsets.size() == n);
  require(options.max_length == 0 || n <= static_cast<size_t>(options.max_length));
  require(encoding.full_length >= static_cast<int32_t>(n));
  require(encoding.truncated == (encoding.full_length > static_cast<int32_t>(n)));
  Offset last[2] = {};
  for (size_t i = 0; i < n; ++i) {
    require(encoding.ids[i] >= 0 && encoding.ids[i] < tokenizer.vocab_size());
    require(encoding.type_ids[i] == 0 || encoding.type_ids[i] == 1);
    const Offset& offset = encoding.offsets[i];
    require(offset.begin <= offset.end && offset.end <= static_cast<int32_t>(code_points));
    if (offset == Offset{}) continue;  // a token of the template
    Offset& before = last[encoding.type_ids[i]];
    require(offset.begin >= before.begin && offset.end >= before.end);
    before = offset;
  }
  std::string decoded = tokenizer.decode(encoding.ids, false);
  require(valid_utf8_prefix(decoded) == decoded.size());
}

}  // namespace

FBERT_FUZZ_TARGET(fuzz_tokenizer) {
  static const Tokenizer uncased = make_tokenizer(true);
  static const Tokenizer cased = make_tokenizer(false);
  if (size < 2) return 0;
  const Tokenizer& tokenizer = data[0] & 1 ? cased : uncased;
  EncodeOptions options;
  options.add_special_tokens = data[0] & 2;
  options.special_tokens_in_text = data[0] & 4;
  options.strict_utf8 = data[0] & 8;
  options.truncation = static_cast<Truncation>((data[0] >> 4) % 3);
  options.max_length = data[1];
  std::string_view text(reinterpret_cast<const char*>(data) + 2, size - 2);
  const size_t border = text.find('\x1E');
  try {
    static Encoding encoding;
    if (border == std::string_view::npos) {
      tokenizer.encode_into(text, options, encoding);
    } else {
      tokenizer.encode_pair_into(text.substr(0, border), text.substr(border + 1), options, encoding);
    }
    std::string repaired;
    repair_utf8(text, repaired);
    check(tokenizer, encoding, options, count_code_points(repaired));
  } catch (const Error& error) {
    // Only what the options ask for: strict UTF-8, or a limit that the strategy cannot keep.
    require(error.code() == ErrorCode::kUsage ? options.max_length > 0
                                              : options.strict_utf8 && valid_utf8_prefix(text) < text.size());
  }
  return 0;
}

}  // namespace fbert::fuzz_tokenizer
