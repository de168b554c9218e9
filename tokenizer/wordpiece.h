#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tokenizer/vocabulary.h"

namespace fbert {

// A piece of a word: a vocabulary id and the bytes of the word it covers.
struct Piece {
  int32_t id;
  uint32_t begin;
  uint32_t end;
};

// Greedy longest-match-first segmentation (Wu et al. 2016, arXiv 1609.08144, section 4.1, in BERT's form): the longest
// vocabulary entry that begins the word, then the longest continuations; a word with an unknown remainder is one
// unknown token.
class WordPiece {
 public:
  // Throws kData when the vocabulary lacks `unknown_token`, and for a limit of more than 256 code points over a
  // vocabulary with tokens of more than 1,024 bytes: that long a match would be tried at each place of that long a
  // word.
  WordPiece(Vocabulary vocabulary, const std::string& unknown_token, std::string continuation_prefix,
            int64_t max_code_points_per_word);

  // Appends the pieces of a word (not empty) to `pieces`.
  void tokenize(std::string_view word, std::vector<Piece>& pieces) const;

  const Vocabulary& vocabulary() const { return vocabulary_; }
  int32_t unknown_id() const { return unknown_id_; }

 private:
  struct Match {
    int32_t id = -1;
    size_t end = 0;
  };

  bool split(std::string_view word, std::vector<Piece>& pieces) const;  // false: no segmentation
  Match longest_match(std::string_view word, size_t begin) const;

  Vocabulary vocabulary_;
  std::string prefix_;  // "##"
  uint64_t prefix_hash_;
  int32_t unknown_id_;
  int64_t max_code_points_;
};

}  // namespace fbert
