// Any bytes are a tokenizer file: it is refused with an Error or works. The first byte chooses the form:
// tokenizer.json, or tokenizer_config.json, a 0x00 byte and vocab.txt.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "fbert/error.h"
#include "fbert/tokenizer.h"
#include "loader/json.h"
#include "tokenizer/tokenizer_json.h"
#include "tokenizer/vocab_txt.h"

namespace {

using namespace fbert;

Tokenizer parse(bool json, std::string_view bytes) {
  if (json) return Tokenizer(parse_tokenizer_json(std::string(bytes), "tokenizer.json"));
  const size_t border = std::min(bytes.find('\0'), bytes.size());
  const std::string_view config_text = bytes.substr(0, border);
  const Json config = parse_json(config_text.empty() ? "{}" : config_text, "tokenizer_config.json");
  const Json none = Json::object();
  const JsonObject config_object(config, "tokenizer_config.json");
  TokenizerSpec spec = parse_vocab_txt(bytes.substr(std::min(border + 1, bytes.size())), "vocab.txt", config_object,
                                       JsonObject(none, "special_tokens_map.json"));
  spec.model_max_length = model_max_length_of(config_object);
  return Tokenizer(std::move(spec));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  try {
    const Tokenizer tokenizer = parse(data[0] % 2 == 0, bytes);
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
