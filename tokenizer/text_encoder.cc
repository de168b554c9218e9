#include "tokenizer/text_encoder.h"

#include <algorithm>

#include <fmt/format.h>

#include "fbert/error.h"
#include "tokenizer/utf8.h"

namespace fbert {
namespace {

// Offsets and lengths are 32 bits wide, and a normalised text can be three times as long.
constexpr size_t kMaxTextBytes = size_t{1} << 30;
// Buffers above this size are given back once this many texts in a row have needed less than a quarter of them.
constexpr size_t kKeptBytes = size_t{4} << 20;
constexpr int kTextsBeforeRelease = 64;

// A piece is not much longer than this, where the text has spaces.
constexpr size_t kPieceBytes = size_t{64} << 10;

// A piece ends before a space, where no word ends up in two pieces, and no mark apart from what it combines with.
size_t piece_size(std::string_view text) { return std::min(text.find(' ', kPieceBytes), text.size()); }

int32_t code_points(std::string_view text) { return static_cast<int32_t>(count_code_points(text)); }

template <typename Length>
size_t bytes_of(const EncodeBuffers& buffers, Length length) {
  return length(buffers.repaired) + length(buffers.normalized.origin) * sizeof(int32_t) +
         length(buffers.normalized.marks) * sizeof(PendingMark) + length(buffers.words) * sizeof(WordRange) +
         (length(buffers.first.offsets) + length(buffers.second.offsets)) * sizeof(Offset);
}

}  // namespace

void EncodeBuffers::release_idle_buffers() {
  const size_t used = bytes_of(*this, [](const auto& buffer) { return buffer.size(); });
  const size_t held = bytes_of(*this, [](const auto& buffer) { return buffer.capacity(); });
  idle_texts_ = held > kKeptBytes && held / 4 > used ? idle_texts_ + 1 : 0;
  if (idle_texts_ > kTextsBeforeRelease) *this = EncodeBuffers();
}

size_t TextEncoder::encode(std::string_view text) {
  out_.clear();
  if (text.size() > kMaxTextBytes) {
    throw Error(ErrorCode::kData, fmt::format("a text of {} bytes; the limit is {} bytes", text.size(), kMaxTextBytes));
  }
  size_t replaced = 0;
  if (const size_t valid = valid_utf8_prefix(text); valid < text.size()) {
    if (options_.strict_utf8) throw Error(ErrorCode::kData, fmt::format("invalid UTF-8 at byte {}", valid));
    replaced = repair_utf8(text, buffers_.repaired);
    text = buffers_.repaired;
  }
  split_at_added_tokens(text);
  out_.seen_by_truncation = out_.ids.size();
  return replaced;
}

void TextEncoder::split_at_added_tokens(std::string_view text) {
  buffers_.raw_matches.clear();
  tokenizer_.raw_tokens.find(text, options_.special_tokens_in_text, buffers_.raw_matches);
  size_t position = 0;
  int32_t index = 0;  // of the code point at `position`
  for (const TokenMatch& match : buffers_.raw_matches) {
    if (position < match.begin) {
      index = encode_chunk(text.substr(position, match.begin - position), index);
    } else if (position > match.begin) {
      index -= code_points(text.substr(match.begin, position - match.begin));
    }
    const int32_t end = index + code_points(text.substr(match.begin, match.end - match.begin));
    out_.add(match.token->id, {index, end});
    position = match.end;
    index = end;
  }
  if (position < text.size()) encode_chunk(text.substr(position), index);
}

// Text without added tokens that are matched on raw text; its first code point has the index `first`. Returns the
// index after the last one.
int32_t TextEncoder::encode_chunk(std::string_view chunk, int32_t first) {
  if (!tokenizer_.normalized_tokens.empty()) return encode_piece(chunk, first);  // one could lie across a border
  while (!chunk.empty()) {
    const size_t size = piece_size(chunk);
    first = encode_piece(chunk.substr(0, size), first);
    chunk.remove_prefix(size);
  }
  return first;
}

int32_t TextEncoder::encode_piece(std::string_view piece, int32_t first) {
  const int32_t end = normalize(tokenizer_.spec.normalizer, piece, first, buffers_.normalized);
  const auto size = static_cast<uint32_t>(buffers_.normalized.bytes.size());
  buffers_.normalized_matches.clear();
  tokenizer_.normalized_tokens.find(buffers_.normalized.bytes, options_.special_tokens_in_text,
                                    buffers_.normalized_matches);
  uint32_t position = 0;
  for (const TokenMatch& match : buffers_.normalized_matches) {
    encode_words(position, static_cast<uint32_t>(match.begin));
    out_.add(match.token->id, origin(match.begin, match.end));
    position = static_cast<uint32_t>(match.end);
  }
  encode_words(position, size);
  return end;
}

void TextEncoder::encode_words(uint32_t begin, uint32_t end) {
  if (begin >= end) return;
  const std::string_view text = buffers_.normalized.bytes;
  buffers_.words.clear();
  const auto encode = [&](const auto& pre_tokenizer, const auto& model) {
    pre_tokenizer.split(text, begin, end, buffers_.words);
    for (const WordRange& word : buffers_.words) {
      buffers_.pieces.clear();
      model.tokenize(text.substr(word.begin, word.end - word.begin), buffers_.pieces);
      for (const Piece& piece : buffers_.pieces) {
        out_.add(piece.id, origin(word.begin + piece.begin, word.begin + piece.end));
      }
      if (out_.count >= limit_) out_.most_kept = std::min(out_.most_kept, out_.count);
    }
  };
  std::visit(encode, tokenizer_.spec.pre_tokenizer, *tokenizer_.spec.model);
}

Offset TextEncoder::origin(size_t begin, size_t end) const {
  return {buffers_.normalized.origin[begin], buffers_.normalized.origin[end - 1] + 1};
}

}  // namespace fbert
