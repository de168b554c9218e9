#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "loader/utf8.h"

namespace fbert {

// Copies `text` to `out` with every maximal subpart of an ill-formed sequence replaced by U+FFFD, and returns the
// number of replacements.
size_t repair_utf8(std::string_view text, std::string& out);

inline bool is_continuation_byte(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

// The code point that ends before `end` (> 0) of well-formed UTF-8; moves `end` to its first byte.
inline char32_t previous_code_point(std::string_view text, size_t& end) {
  do --end;
  while (is_continuation_byte(text[end]));
  size_t position = end;
  return next_code_point(text, position);
}

// Number of code points in well-formed UTF-8.
size_t count_code_points(std::string_view text);

}  // namespace fbert
