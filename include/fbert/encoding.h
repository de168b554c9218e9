#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace fbert {

enum class Truncation { kLongestFirst, kOnlyFirst, kOnlySecond };

struct EncodeOptions {
  int32_t max_length = 0;  // in tokens with the special ones; 0 means no limit
  Truncation truncation = Truncation::kLongestFirst;
  bool add_special_tokens = true;
  bool special_tokens_in_text = true;  // false: "[SEP]" typed in a text is plain text (docs/tokenizer.md)
  bool strict_utf8 = false;            // true: ill-formed UTF-8 throws kData with the byte offset
};

// A range of code points [begin, end) of the input text, as Hugging Face `tokenizers` counts them. Special tokens
// that the template adds have {0, 0}.
struct Offset {
  int32_t begin = 0;
  int32_t end = 0;
  bool operator==(const Offset&) const = default;
};

// A tokenised text or pair of texts: [CLS] a [SEP] or [CLS] a [SEP] b [SEP].
struct Encoding {
  std::vector<int32_t> ids;
  std::vector<int32_t> type_ids;  // 0 for the first text, 1 for the second
  std::vector<Offset> offsets;
  bool truncated = false;    // the text was longer than max_length allows
  int32_t full_length = 0;   // number of tokens before truncation, special tokens included
  int32_t invalid_utf8 = 0;  // ill-formed sequences that were replaced by U+FFFD
};

}  // namespace fbert
