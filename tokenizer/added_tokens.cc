#include "tokenizer/added_tokens.h"

#include <algorithm>
#include <utility>

#include "tokenizer/unicode.h"
#include "tokenizer/utf8.h"

namespace fbert {
namespace {

bool is_space(char32_t c) { return UnicodeTable::get().flags(c) & kSpaceFlag; }

size_t skip_space_back(std::string_view text, size_t end, size_t begin) {
  while (end > begin) {
    size_t previous = end;
    if (!is_space(previous_code_point(text, previous))) break;
    end = previous;
  }
  return end;
}

size_t skip_space(std::string_view text, size_t position) {
  while (position < text.size()) {
    size_t next = position;
    if (!is_space(next_code_point(text, next))) break;
    position = next;
  }
  return position;
}

// Whether a code point for which `test` holds touches text[begin, end) on either side.
template <typename Test>
bool touches(std::string_view text, size_t begin, size_t end, Test test) {
  return (begin > 0 && test(previous_code_point(text, begin))) ||
         (end < text.size() && test(next_code_point(text, end)));
}

}  // namespace

void TokenMatcher::add(std::string pattern, const AddedToken* token) {
  patterns_.push_back({std::move(pattern), token});
}

void TokenMatcher::finish() {
  std::stable_sort(patterns_.begin(), patterns_.end(),
                   [](const Pattern& a, const Pattern& b) { return a.text < b.text; });
  const auto same = [](const Pattern& a, const Pattern& b) { return a.text == b.text; };
  patterns_.erase(std::unique(patterns_.begin(), patterns_.end(), same), patterns_.end());
  for (const Pattern& pattern : patterns_) ++by_first_byte_[static_cast<unsigned char>(pattern.text[0]) + 1U];
  for (size_t b = 0; b < 256; ++b) by_first_byte_[b + 1] += by_first_byte_[b];
}

const TokenMatcher::Pattern* TokenMatcher::longest_at(std::string_view text, size_t position) const {
  const auto first = static_cast<unsigned char>(text[position]);
  auto begin = patterns_.begin() + by_first_byte_[first];
  auto end = patterns_.begin() + by_first_byte_[first + 1U];
  const Pattern* longest = nullptr;
  // The patterns in [begin, end) agree with the text in `depth` bytes; the shortest of them comes first.
  for (size_t depth = 1; begin != end; ++depth) {
    if (begin->text.size() == depth) longest = &*begin++;
    if (position + depth == text.size()) break;
    const auto byte = static_cast<unsigned char>(text[position + depth]);
    const auto at_depth = [depth](const Pattern& p) { return static_cast<unsigned char>(p.text[depth]); };
    begin = std::partition_point(begin, end, [&](const Pattern& p) { return at_depth(p) < byte; });
    end = std::partition_point(begin, end, [&](const Pattern& p) { return at_depth(p) == byte; });
  }
  return longest;
}

void TokenMatcher::find(std::string_view text, bool special, std::vector<TokenMatch>& out) const {
  if (patterns_.empty()) return;
  size_t taken = 0;  // end of the last match with its white space
  for (size_t position = 0; position < text.size();) {
    const auto first = static_cast<unsigned char>(text[position]);
    const Pattern* pattern = by_first_byte_[first] == by_first_byte_[first + 1U] ? nullptr : longest_at(text, position);
    if (pattern == nullptr) {
      ++position;
      continue;
    }
    const AddedToken& token = *pattern->token;
    size_t begin = position;
    size_t end = position + pattern->text.size();
    position = end;
    if (token.special && !special) continue;
    if (token.single_word && touches(text, begin, end, is_word_character)) continue;
    if (token.never_split && touches(text, begin, end, [](char32_t c) { return !is_space(c); })) continue;
    // A token that begins with white space may lie in what the match before it took along.
    if (token.lstrip) begin = std::max(skip_space_back(text, begin, taken), taken);
    // Up to `taken` there is nothing but the white space that the match before took: do not walk it again.
    if (token.rstrip) end = skip_space(text, std::max(end, taken));
    if (begin >= end) continue;
    out.push_back({begin, end, &token});
    taken = end;
  }
}

}  // namespace fbert
