#pragma once

#include <string>
#include <string_view>

#include "tokenizer/folder_tokens.h"
#include "tokenizer/tokenizer_spec.h"

namespace fbert {

// Reads a vocab.txt. Throws kData or kUnsupported; `source` is the name that messages carry.
TokenizerSpec parse_vocab_txt(std::string_view bytes, const std::string& source, const VocabularyCompanions& files);

}  // namespace fbert
