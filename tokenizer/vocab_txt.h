#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "loader/json.h"
#include "tokenizer/tokenizer_spec.h"

namespace fbert {

// Reads a vocab.txt. `config` and `special_tokens` are the contents of tokenizer_config.json and
// special_tokens_map.json; empty objects where the files are absent. Throws kData or kUnsupported; `source` is the name
// that messages carry.
TokenizerSpec parse_vocab_txt(std::string_view bytes, const std::string& source, const JsonObject& config,
                              const JsonObject& special_tokens);

// `model_max_length` of tokenizer_config.json; 0 when it is absent or means "no limit".
int32_t model_max_length_of(const JsonObject& config);

}  // namespace fbert
