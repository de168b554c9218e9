#pragma once

#include <cstddef>
#include <cstdint>
#include <variant>
#include <vector>

#include "fbert/encoding.h"

namespace fbert {

// One element of a template such as [CLS] $A [SEP] $B [SEP]: a text, or special tokens.
struct TemplatePiece {
  enum class Kind { kFirst, kSecond, kSpecial };
  Kind kind;
  int32_t type_id = 0;
  std::vector<int32_t> ids;  // of kSpecial
};

// Hugging Face's TemplateProcessing, and BertProcessing as the template that it stands for: what a single text and a
// pair become.
struct TemplateProcessing {
  std::vector<TemplatePiece> single;
  std::vector<TemplatePiece> pair;

  const std::vector<TemplatePiece>& pieces(bool is_pair) const { return is_pair ? pair : single; }

  // Number of special tokens that are added.
  size_t added(bool is_pair) const;
};

// What a tokenizer may make of the tokens of its texts. Each has added() and pieces() as above.
using PostProcessor = std::variant<TemplateProcessing>;

// [CLS] $A [SEP] and [CLS] $A [SEP] $B [SEP], and the same without special tokens.
TemplateProcessing bert_template(int32_t cls, int32_t sep);
TemplateProcessing plain_template();

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
