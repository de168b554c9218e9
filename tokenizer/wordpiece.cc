#include "tokenizer/wordpiece.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "fbert/error.h"
#include "tokenizer/utf8.h"

namespace fbert {
namespace {

// No more candidates than the smaller one allows are tried at a place of a word. The limits of real models are 100 and
// 200 code points.
constexpr int64_t kMostCodePoints = 256;
constexpr size_t kMostTokenBytes = 4 * static_cast<size_t>(kMostCodePoints);

}  // namespace

WordPiece::WordPiece(Vocabulary vocabulary, const std::string& unknown_token, std::string continuation_prefix,
                     int64_t max_code_points_per_word)
    : vocabulary_(std::move(vocabulary)),
      prefix_(std::move(continuation_prefix)),
      prefix_hash_(Vocabulary::hash(prefix_)),
      unknown_id_(vocabulary_.find(unknown_token)),
      max_code_points_(max_code_points_per_word) {
  if (unknown_id_ < 0) {
    throw Error(ErrorCode::kData, fmt::format("{}: the vocabulary has no unknown token {}", vocabulary_.source(),
                                              escaped(unknown_token)));
  }
  if (max_code_points_ > kMostCodePoints && vocabulary_.longest_token() > kMostTokenBytes) {
    throw Error(
        ErrorCode::kData,
        fmt::format("{}: key 'model.max_input_chars_per_word': {} with a token of {} bytes; at most {} are taken "
                    "with tokens of more than {} bytes",
                    vocabulary_.source(), max_code_points_, vocabulary_.longest_token(), kMostCodePoints,
                    kMostTokenBytes));
  }
}

void WordPiece::tokenize(std::string_view word, std::vector<Piece>& pieces) const {
  const auto length = static_cast<uint32_t>(word.size());
  const size_t before = pieces.size();
  const bool too_long = static_cast<int64_t>(word.size()) > max_code_points_ &&
                        static_cast<int64_t>(count_code_points(word)) > max_code_points_;
  if (!too_long) {
    const int32_t whole = vocabulary_.find(word);
    if (whole >= 0) {
      pieces.push_back({whole, 0, length});
      return;
    }
    if (split(word, pieces)) return;
    pieces.resize(before);
  }
  pieces.push_back({unknown_id_, 0, length});
}

bool WordPiece::split(std::string_view word, std::vector<Piece>& pieces) const {
  for (size_t begin = 0; begin < word.size();) {
    const Match match = longest_match(word, begin);
    if (match.id < 0) return false;
    pieces.push_back({match.id, static_cast<uint32_t>(begin), static_cast<uint32_t>(match.end)});
    begin = match.end;
  }
  return true;
}

WordPiece::Match WordPiece::longest_match(std::string_view word, size_t begin) const {
  const bool continuation = begin > 0;
  const size_t prefix = continuation ? prefix_.size() : 0;
  if (vocabulary_.longest_token() <= prefix) return {};
  const size_t limit = std::min(word.size(), begin + vocabulary_.longest_token() - prefix);

  // One pass hashes every candidate, then the longest that is a token wins. Blocks bound the memory of a long word.
  Match best;
  uint64_t hash = continuation ? prefix_hash_ : Vocabulary::kHashSeed;
  std::array<uint64_t, 128> hashes;
  for (size_t block = begin; block < limit; block += hashes.size()) {
    const size_t block_end = std::min(limit, block + hashes.size());
    for (size_t i = block; i < block_end; ++i) {
      hash = Vocabulary::hash_step(hash, word[i]);
      hashes[i - block] = hash;
    }
    for (size_t end = block_end; end > block; --end) {
      if (end < word.size() && is_continuation_byte(word[end])) continue;
      const int32_t id = vocabulary_.find(continuation ? std::string_view(prefix_) : std::string_view(),
                                          word.substr(begin, end - begin), hashes[end - 1 - block]);
      if (id < 0) continue;
      best = {id, end};
      break;
    }
  }
  return best;
}

}  // namespace fbert
