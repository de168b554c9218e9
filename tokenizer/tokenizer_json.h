#pragma once

#include <string>

#include "tokenizer/tokenizer_spec.h"

namespace fbert {

// Reads the text of a tokenizer.json. Throws kData or kUnsupported; `source` is the name that messages carry.
TokenizerSpec parse_tokenizer_json(std::string text, const std::string& source);

}  // namespace fbert
