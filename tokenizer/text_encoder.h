#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "fbert/encoding.h"
#include "tokenizer/tokenizer_impl.h"

namespace fbert {

constexpr size_t kNoLimit = std::numeric_limits<size_t>::max();

// The tokens of one text, before the template. Those behind what truncation sees are counted, not kept.
struct Tokens {
  std::vector<int32_t> ids;
  std::vector<Offset> offsets;
  size_t count = 0;
  size_t most_kept = kNoLimit;
  size_t seen_by_truncation = 0;

  void clear() {
    ids.clear();
    offsets.clear();
    count = 0;
    most_kept = kNoLimit;
    seen_by_truncation = 0;
  }
  void add(int32_t id, Offset offset) {
    if (++count > most_kept) return;
    ids.push_back(id);
    offsets.push_back(offset);
  }
};

// Buffers that live from call to call, one set per thread.
class EncodeBuffers {
 public:
  Tokens first, second;
  std::string repaired;
  NormalizedText normalized;
  std::vector<TokenMatch> raw_matches, normalized_matches;
  std::vector<WordRange> words;
  std::vector<Piece> pieces;

  // Called after every text. Large buffers are given back once many texts in a row have needed little of them.
  void release_idle_buffers();

 private:
  int idle_texts_ = 0;
};

// One text on its way through the stages: repair, added tokens, normaliser, added tokens again, words, pieces.
//
// With truncation the reference stops after the first word that brings a text to `limit` tokens (added tokens alone do
// not stop it), and truncates what it has by then. That shows where two long texts share the room: the text whose last
// word went further over the limit counts as the longer one. All tokens are made here and counted, for
// full_length, and seen_by_truncation says where the reference stops. A long text is taken in pieces that begin with a
// space, so that the buffers stay small and the tokens are those of the whole.
class TextEncoder {
 public:
  TextEncoder(const TokenizerImpl& tokenizer, const EncodeOptions& options, size_t limit, EncodeBuffers& buffers,
              Tokens& out)
      : tokenizer_(tokenizer), options_(options), limit_(limit), buffers_(buffers), out_(out) {}

  // Returns the number of ill-formed UTF-8 sequences that were replaced. Throws kData for those under strict_utf8, and
  // for a text of more than 1 GiB.
  size_t encode(std::string_view text);

 private:
  void split_at_added_tokens(std::string_view text);
  int32_t encode_chunk(std::string_view chunk, int32_t first);
  int32_t encode_piece(std::string_view piece, int32_t first);
  void encode_words(uint32_t begin, uint32_t end);
  Offset origin(size_t begin, size_t end) const;

  const TokenizerImpl& tokenizer_;
  const EncodeOptions& options_;
  size_t limit_;
  EncodeBuffers& buffers_;
  Tokens& out_;
};

}  // namespace fbert
