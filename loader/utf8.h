#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace fbert {

struct CodePoint {
  uint32_t value;
  size_t length;  // bytes; 0 where no well-formed sequence begins
};

// The code point that begins at `position`. Strict (Unicode table 3-7): no overlong form, no surrogate, at most
// U+10FFFF.
CodePoint utf8_at(std::string_view text, size_t position);

// Appends a scalar value to `out`.
void append_utf8(std::string& out, uint32_t code_point);

}  // namespace fbert
