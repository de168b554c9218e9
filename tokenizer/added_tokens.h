#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fbert {

inline constexpr int32_t kNoId = -1;  // of a token that has not got its id yet

// A token that is matched as a whole before WordPiece, as in Hugging Face's `added_tokens`.
struct AddedToken {
  std::string content;
  int32_t id = 0;
  bool single_word = false;  // only where no word character touches it
  bool lstrip = false;       // takes the white space before it along
  bool rstrip = false;       // takes the white space behind it along
  bool normalized = false;   // matched on normalised text, with its own content normalised
  bool special = false;      // left out by decode(); switched off by special_tokens_in_text = false
  bool never_split = false;  // matched only where white space or an end touches it on both sides
};

// Where an added token lies in a text, in bytes, with the white space that it takes along.
struct TokenMatch {
  size_t begin;
  size_t end;
  const AddedToken* token;
};

// Finds added tokens: leftmost first, the longest of those that begin at one place, without overlap. The time is
// linear in the text, times the length of the longest token at worst.
class TokenMatcher {
 public:
  // Adds `token`, to be found as `pattern` (not empty). Of two that are equal once they are normalised the first one
  // counts (the reference picks one at random). The token must outlive the matcher.
  void add(std::string pattern, const AddedToken* token);
  void finish();

  bool empty() const { return patterns_.empty(); }

  // Appends the matches in `text` to `out`. With `special` false special tokens are passed over as plain text.
  void find(std::string_view text, bool special, std::vector<TokenMatch>& out) const;

 private:
  struct Pattern {
    std::string text;
    const AddedToken* token;
  };

  const Pattern* longest_at(std::string_view text, size_t position) const;

  std::vector<Pattern> patterns_;              // sorted once finished
  std::array<uint32_t, 257> by_first_byte_{};  // patterns that begin with byte b: [by_first_byte_[b], [b + 1])
};

}  // namespace fbert
