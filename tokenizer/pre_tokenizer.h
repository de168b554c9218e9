#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace fbert {

// A word as a range of bytes of the normalised text.
struct WordRange {
  uint32_t begin;
  uint32_t end;
};

// Hugging Face's BertPreTokenizer: appends to `words` the words of text[begin, end), which are parted by white space;
// every punctuation character is a word of its own. Borders must lie between code points.
void split_words(std::string_view text, uint32_t begin, uint32_t end, std::vector<WordRange>& words);

}  // namespace fbert
