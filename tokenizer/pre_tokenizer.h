#pragma once

#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

namespace fbert {

// A word as a range of bytes of the normalised text.
struct WordRange {
  uint32_t begin;
  uint32_t end;
};

// Hugging Face's BertPreTokenizer: words are parted by white space, and every punctuation character is one of its own.
struct BertPreTokenizer {
  // Appends to `words` those of text[begin, end). Borders must lie between code points.
  void split(std::string_view text, uint32_t begin, uint32_t end, std::vector<WordRange>& words) const;
};

// What a tokenizer may find words with. Each has split() as above.
using PreTokenizer = std::variant<BertPreTokenizer>;

}  // namespace fbert
