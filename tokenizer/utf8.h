#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace fbert {

// Length in bytes of the longest prefix of `text` that is well-formed UTF-8 (Unicode 15, table 3-7: no overlong forms,
// no surrogates, nothing above U+10FFFF).
size_t valid_utf8_prefix(std::string_view text);

// Copies `text` to `out` with every maximal subpart of an ill-formed sequence replaced by U+FFFD, and returns the
// number of replacements.
size_t repair_utf8(std::string_view text, std::string& out);

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

// The code point that ends before `end` (> 0) of well-formed UTF-8; moves `end` to its first byte.
inline char32_t previous_code_point(std::string_view text, size_t& end) {
  do --end;
  while ((static_cast<unsigned char>(text[end]) & 0xC0) == 0x80);
  size_t position = end;
  return next_code_point(text, position);
}

inline bool is_continuation_byte(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

// Number of code points in well-formed UTF-8.
size_t count_code_points(std::string_view text);

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

}  // namespace fbert
