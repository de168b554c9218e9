#include "tokenizer/tokenizer_impl.h"

#include <set>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "fbert/error.h"

namespace fbert {

TokenizerImpl::TokenizerImpl(TokenizerSpec spec_in) : spec(std::move(spec_in)) {
  std::set<std::string_view> special_contents;
  for (const AddedToken& token : spec.added_tokens) {
    if (token.special) special_contents.insert(token.content);
  }
  for (const AddedToken& token : spec.added_tokens) {
    std::string pattern = token.normalized ? normalized_pattern(token) : token.content;
    // The reference compares the text that it would write with the special tokens as they are listed.
    added_texts[token.id] = {pattern, special_contents.contains(pattern)};
    (token.normalized ? normalized_tokens : raw_tokens).add(std::move(pattern), &token);
  }
  raw_tokens.finish();
  normalized_tokens.finish();
}

std::string TokenizerImpl::normalized_pattern(const AddedToken& token) const {
  NormalizedText pattern;
  normalize(spec.normalizer, token.content, 0, pattern);
  if (pattern.bytes.empty()) {
    throw Error(ErrorCode::kUnsupported, fmt::format("{}: the added token {} is empty once it is normalised",
                                                     spec.source, escaped(token.content)));
  }
  return pattern.bytes;
}

}  // namespace fbert
