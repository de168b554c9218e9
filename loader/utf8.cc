#include "loader/utf8.h"

#include <cstring>

namespace fbert {
namespace {

// Length of the ASCII run at `position`.
size_t ascii_run(std::string_view text, size_t position) {
  size_t end = position;
  for (uint64_t word; end + sizeof word <= text.size(); end += sizeof word) {
    std::memcpy(&word, text.data() + end, sizeof word);
    if (word & 0x8080808080808080U) break;
  }
  while (end < text.size() && static_cast<unsigned char>(text[end]) < 0x80) ++end;
  return end - position;
}

}  // namespace

Utf8Sequence utf8_sequence_at(std::string_view text, size_t position) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[position + i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {1, true};
  size_t tails = 0;
  // The second byte's range is what excludes overlong forms, surrogates and values above U+10FFFF.
  unsigned char low = 0x80;
  unsigned char high = 0xBF;
  if (lead >= 0xC2 && lead <= 0xDF) {
    tails = 1;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    tails = 2;
    if (lead == 0xE0) low = 0xA0;
    if (lead == 0xED) high = 0x9F;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    tails = 3;
    if (lead == 0xF0) low = 0x90;
    if (lead == 0xF4) high = 0x8F;
  } else {
    return {1, false};
  }
  for (size_t i = 1; i <= tails; ++i) {
    if (position + i == text.size() || byte(i) < low || byte(i) > high) return {i, false};
    low = 0x80;
    high = 0xBF;
  }
  return {tails + 1, true};
}

CodePoint utf8_at(std::string_view text, size_t position) {
  if (position >= text.size() || !utf8_sequence_at(text, position).well_formed) return {0, 0};
  size_t end = position;
  const uint32_t value = next_code_point(text, end);
  return {value, end - position};
}

size_t valid_utf8_prefix(std::string_view text) {
  size_t position = 0;
  while (true) {
    position += ascii_run(text, position);
    if (position == text.size()) return position;
    const Utf8Sequence sequence = utf8_sequence_at(text, position);
    if (!sequence.well_formed) return position;
    position += sequence.length;
  }
}

void append_utf8(std::string& out, uint32_t code_point) {
  char bytes[4];
  out.append(bytes, write_utf8(code_point, bytes));
}

}  // namespace fbert
