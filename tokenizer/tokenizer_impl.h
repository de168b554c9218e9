#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include "tokenizer/tokenizer_spec.h"

namespace fbert {

// How an added token reads in the output.
struct AddedText {
  std::string text;  // in its normalised form where it is matched so
  bool skipped;      // left out by decode() with skip_special_tokens
};

// A tokenizer file made ready for use: what Tokenizer holds.
struct TokenizerImpl {
  explicit TokenizerImpl(TokenizerSpec spec_in);
  std::string normalized_pattern(const AddedToken& token) const;

  TokenizerSpec spec;
  TokenMatcher raw_tokens;                             // matched on the text as it came
  TokenMatcher normalized_tokens;                      // matched on the normalised text
  std::unordered_map<int32_t, AddedText> added_texts;  // by id
};

}  // namespace fbert
