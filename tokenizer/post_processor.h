#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "fbert/tokenizer.h"

namespace fbert {

// One element of a template such as [CLS] $A [SEP] $B [SEP]: a text, or special tokens.
struct TemplatePiece {
  enum class Kind { kFirst, kSecond, kSpecial };
  Kind kind;
  int32_t type_id = 0;
  std::vector<int32_t> ids;  // of kSpecial
};

// What a single text and a pair become.
struct PostProcessor {
  std::vector<TemplatePiece> single;
  std::vector<TemplatePiece> pair;

  // Number of special tokens that are added.
  size_t added(bool is_pair) const;
};

// Tokens of the two texts; `second` is 0 for a single one.
struct TextLengths {
  size_t first = 0;
  size_t second = 0;
  bool operator==(const TextLengths&) const = default;
};

// How many tokens of each text stay when both together may have `limit`, by the rules of Hugging Face `tokenizers`.
// Throws kUsage when the strategy cannot reach the limit.
TextLengths truncated(TextLengths lengths, bool is_pair, size_t limit, Truncation strategy);

}  // namespace fbert
