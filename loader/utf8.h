#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace fbert {

struct Utf8Sequence {
  size_t length;  // bytes, at least 1: the whole sequence, or the maximal subpart of an ill-formed one
  bool well_formed;
};

// The sequence that begins at `position` (< text.size()). Strict (Unicode 15, table 3-7): no overlong form, no
// surrogate, at most U+10FFFF. A maximal subpart is what one U+FFFD stands for (section 3.9): the longest prefix that
// some well-formed sequence begins with.
Utf8Sequence utf8_sequence_at(std::string_view text, size_t position);

struct CodePoint {
  uint32_t value;
  size_t length;  // bytes; 0 where no well-formed sequence begins
};

// The code point that begins at `position`; none at the end of the text.
CodePoint utf8_at(std::string_view text, size_t position);

// Length in bytes of the longest prefix of `text` that is well-formed.
size_t valid_utf8_prefix(std::string_view text);

// The code point at `position` of well-formed UTF-8; moves `position` behind it.
inline char32_t next_code_point(std::string_view text, size_t& position) {
  const auto byte = [&](size_t i) { return static_cast<char32_t>(static_cast<unsigned char>(text[position + i])); };
  const char32_t lead = byte(0);
  if (lead < 0x80) {
    position += 1;
    return lead;
  }
  if (lead < 0xE0) {
    const char32_t c = (lead & 0x1F) << 6 | (byte(1) & 0x3F);
    position += 2;
    return c;
  }
  if (lead < 0xF0) {
    const char32_t c = (lead & 0x0F) << 12 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F);
    position += 3;
    return c;
  }
  const char32_t c = (lead & 0x07) << 18 | (byte(1) & 0x3F) << 12 | (byte(2) & 0x3F) << 6 | (byte(3) & 0x3F);
  position += 4;
  return c;
}

// Writes a scalar value to `out` (4 bytes of room) and returns the number of bytes.
inline size_t write_utf8(char32_t c, char* out) {
  const auto tail = [](char32_t bits) { return static_cast<char>(0x80 | (bits & 0x3F)); };
  if (c < 0x80) {
    out[0] = static_cast<char>(c);
    return 1;
  }
  if (c < 0x800) {
    out[0] = static_cast<char>(0xC0 | c >> 6);
    out[1] = tail(c);
    return 2;
  }
  if (c < 0x10000) {
    out[0] = static_cast<char>(0xE0 | c >> 12);
    out[1] = tail(c >> 6);
    out[2] = tail(c);
    return 3;
  }
  out[0] = static_cast<char>(0xF0 | c >> 18);
  out[1] = tail(c >> 12);
  out[2] = tail(c >> 6);
  out[3] = tail(c);
  return 4;
}

// Appends a scalar value to `out`.
void append_utf8(std::string& out, uint32_t code_point);

}  // namespace fbert
