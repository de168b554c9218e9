#include "fbert/error.h"

#include <cstdint>

#include <fmt/format.h>

#include "loader/utf8.h"

namespace fbert {
namespace {

// Characters that change how the rest of a line is shown, or that cannot be seen.
bool is_invisible(uint32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0xAD || c == 0x61C || (c >= 0x200B && c <= 0x200F) ||
         (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF || (c >= 0xFFF9 && c <= 0xFFFB) ||
         (c >= 0xE0000 && c <= 0xE0FFF);
}

void append_escaped(std::string& out, uint32_t c) {
  switch (c) {
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  out += c < 0x10000 ? fmt::format("\\u{:04x}", c) : fmt::format("\\U{:08x}", c);
}

}  // namespace

std::string escaped(std::string_view text, size_t max_bytes) {
  std::string out = "'";
  size_t position = 0;
  while (position < text.size()) {
    const CodePoint c = utf8_at(text, position);
    const size_t length = c.length == 0 ? 1 : c.length;
    if (position + length > max_bytes) break;
    if (c.length == 0) {
      out += fmt::format("\\x{:02x}", static_cast<uint8_t>(text[position]));
    } else if (c.value == '\'' || c.value == '\\') {
      out += '\\';
      out += static_cast<char>(c.value);
    } else if (is_invisible(c.value)) {
      append_escaped(out, c.value);
    } else {
      out += text.substr(position, length);
    }
    position += length;
  }
  out += '\'';
  if (position < text.size()) out += fmt::format("... ({} bytes)", text.size());
  return out;
}

}  // namespace fbert
