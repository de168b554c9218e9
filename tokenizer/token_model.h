#pragma once

#include <variant>

#include "tokenizer/vocabulary.h"
#include "tokenizer/wordpiece.h"

namespace fbert {

// What a tokenizer may split words with, the "model" of its file. Each has tokenize() and vocabulary() as WordPiece
// has.
using TokenModel = std::variant<WordPiece>;

inline const Vocabulary& vocabulary_of(const TokenModel& model) {
  return std::visit([](const auto& one) -> const Vocabulary& { return one.vocabulary(); }, model);
}

}  // namespace fbert
