#pragma once

#include <string>

#include "loader/json.h"
#include "tokenizer/tokenizer_spec.h"

namespace fbert {

// Reads the text of a tokenizer.json. Throws kData or kUnsupported; `source` is the name that messages carry. `config`
// is the content of tokenizer_config.json: where it is of BERT's class, what it says of the normaliser counts. Null:
// there is no such file.
TokenizerSpec parse_tokenizer_json(std::string text, const std::string& source, const JsonObject* config = nullptr);

}  // namespace fbert
