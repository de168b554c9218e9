// Any bytes are the tokenizer files of a folder: they are refused with an Error or work. The first byte, modulo 4,
// chooses the files, which 0x00 bytes part: 0 tokenizer.json, 1 tokenizer_config.json and vocab.txt, 2
// tokenizer_config.json and tokenizer.json, 3 tokenizer_config.json, special_tokens_map.json, added_tokens.json and
// vocab.txt.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "fbert/error.h"
#include "fbert/tokenizer.h"
#include "loader/json.h"
#include "tests/fuzz/target.h"
#include "tokenizer/tokenizer_config.h"
#include "tokenizer/tokenizer_json.h"
#include "tokenizer/vocab_txt.h"

namespace fbert::fuzz_tokenizer_json {
namespace {

// The text up to the next 0x00 byte, which is taken off `rest`.
std::string_view take_part(std::string_view& rest) {
  const size_t border = std::min(rest.find('\0'), rest.size());
  const std::string_view part = rest.substr(0, border);
  rest.remove_prefix(std::min(border + 1, rest.size()));
  return part;
}

Json parse_object(std::string_view text, std::string_view source) {
  return parse_json(text.empty() ? "{}" : text, source, kMaxJsonValues, JsonRules::kPython);
}

Tokenizer parse(unsigned form, std::string_view rest) {
  if (form == 0) return Tokenizer(parse_tokenizer_json(std::string(rest), "tokenizer.json"));
  const Json config_json = parse_object(take_part(rest), "tokenizer_config.json");
  const JsonObject config(config_json, "tokenizer_config.json");
  if (form == 2) return Tokenizer(parse_tokenizer_json(std::string(rest), "tokenizer.json", &config));
  const Json special_json = form == 3 ? parse_object(take_part(rest), "special_tokens_map.json") : Json::object();
  const Json added_json = form == 3 ? parse_object(take_part(rest), "added_tokens.json") : Json::object();
  const JsonObject special(special_json, "special_tokens_map.json");
  const JsonObject added(added_json, "added_tokens.json");
  TokenizerSpec spec = parse_vocab_txt(rest, "vocab.txt", {config, special, added});
  spec.model_max_length = model_max_length_of(config);
  return Tokenizer(std::move(spec));
}

}  // namespace

FBERT_FUZZ_TARGET(fuzz_tokenizer_json) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  try {
    const Tokenizer tokenizer = parse(data[0] % 4U, bytes);
    const Encoding encoding = tokenizer.encode_pair("The caf\u00e9 [SEP] <x> 中 unhappily", bytes.substr(0, 200));
    tokenizer.decode(encoding.ids);
    for (const int32_t id : encoding.ids) {
      if (id < 0 || id >= tokenizer.vocab_size()) std::abort();
    }
    if (tokenizer.model_max_length() < 0) std::abort();
  } catch (const Error& error) {
    if (std::string_view(error.what()).find('\n') != std::string_view::npos) std::abort();
  }
  return 0;
}

}  // namespace fbert::fuzz_tokenizer_json
