#include "data/format.h"

#include <fmt/format.h>

#include <utf8proc.h>

#include <cmath>

#include "loader/utf8.h"

namespace fbert {
namespace {

constexpr uint32_t kReplacement = 0xFFFD;

bool is_control(uint32_t c) { return c < 0x20 || (c >= 0x7F && c < 0xA0); }

// Reorders the text after it, so that a terminal shows another text than there is.
bool is_bidirectional_control(uint32_t c) {
  return c == 0x061C || c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

// Calls visit(code point, its bytes) along `text`; the bytes of U+FFFD for an ill-formed sequence.
template <typename Visit>
void for_each_code_point(std::string_view text, Visit visit) {
  for (size_t position = 0; position < text.size();) {
    const size_t begin = position;
    const Utf8Sequence sequence = utf8_sequence_at(text, begin);
    if (sequence.well_formed) {
      const uint32_t c = next_code_point(text, position);
      visit(c, text.substr(begin, sequence.length));
    } else {
      visit(kReplacement, std::string_view("\xEF\xBF\xBD"));
      position += sequence.length;
    }
  }
}

char short_escape(uint32_t c) {
  switch (c) {
    case '\b':
      return 'b';
    case '\f':
      return 'f';
    case '\n':
      return 'n';
    case '\r':
      return 'r';
    case '\t':
      return 't';
    case '"':
      return '"';
    case '\\':
      return '\\';
    default:
      return '\0';
  }
}

template <typename... Args>
std::string appended(void (*append)(std::string&, Args...), Args... args) {
  std::string out;
  append(out, args...);
  return out;
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  for_each_code_point(text, [&](uint32_t c, std::string_view bytes) {
    if (const char letter = short_escape(c)) {
      out += '\\';
      out += letter;
    } else if (is_control(c)) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", c);
    } else {
      out += bytes;
    }
  });
  out += '"';
}

void append_json_number(std::string& out, float value) {
  if (!std::isfinite(value)) {
    out += "null";
    return;
  }
  fmt::format_to(std::back_inserter(out), "{:.9g}", value);
}

void append_json_number(std::string& out, double value) {
  if (!std::isfinite(value)) {
    out += "null";
    return;
  }
  fmt::format_to(std::back_inserter(out), "{}", value);
}

void append_csv_field(std::string& out, std::string_view text, char delimiter) {
  const char specials[] = {delimiter, '"', '\r', '\n'};
  if (text.find_first_of({specials, sizeof(specials)}) == std::string_view::npos) {
    out += text;
    return;
  }
  out += '"';
  for (const char byte : text) {
    if (byte == '"') out += '"';
    out += byte;
  }
  out += '"';
}

void append_terminal_text(std::string& out, std::string_view text) {
  for_each_code_point(text, [&](uint32_t c, std::string_view bytes) {
    const bool control = is_control(c);
    if (const char letter = short_escape(c); control && letter) {
      out += '\\';
      out += letter;
    } else if (control || is_bidirectional_control(c)) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", c);
    } else {
      out += bytes;
    }
  });
}

size_t display_width(std::string_view text) {
  size_t width = 0;
  for_each_code_point(text, [&](uint32_t c, std::string_view) {
    width += static_cast<size_t>(utf8proc_charwidth(static_cast<utf8proc_int32_t>(c)));
  });
  return width;
}

std::string cut_to_width(std::string_view text, size_t columns) {
  constexpr std::string_view kMark = "...";
  // No more than that can fit: a column takes few characters with the marks they combine with.
  const bool too_long = text.size() > 64 * (columns + 1);
  const std::string shown = terminal_text(text.substr(0, 64 * (columns + 1)));
  if (!too_long && display_width(shown) <= columns) return shown;
  size_t width = 0;
  std::string out;
  for_each_code_point(shown, [&](uint32_t c, std::string_view bytes) {
    width += static_cast<size_t>(utf8proc_charwidth(static_cast<utf8proc_int32_t>(c)));
    if (width + kMark.size() <= columns) out += bytes;
  });
  return out.append(kMark.substr(0, columns));
}

size_t bytes_that_fit(std::string_view text, size_t columns) {
  size_t width = 0;
  size_t bytes = 0;
  bool fits = true;
  for_each_code_point(text, [&](uint32_t c, std::string_view sequence) {
    width += static_cast<size_t>(utf8proc_charwidth(static_cast<utf8proc_int32_t>(c)));
    fits = fits && width <= columns;
    if (fits) bytes += sequence.size();
  });
  return bytes;
}

std::string cut_middle_to_width(std::string_view text, size_t columns) {
  constexpr std::string_view kMark = "...";
  const std::string shown = terminal_text(text);
  const size_t width = display_width(shown);
  if (width <= columns) return shown;
  const size_t kept = columns > kMark.size() ? columns - kMark.size() : 0;
  const size_t head = bytes_that_fit(shown, kept / 3);
  // What is left out is at least as wide as it has to be, also where a wide character lies across the border.
  size_t tail = bytes_that_fit(shown, width - (kept - kept / 3));
  if (display_width(std::string_view(shown).substr(tail)) > kept - kept / 3) {
    tail += bytes_that_fit(std::string_view(shown).substr(tail), 2);
  }
  return shown.substr(0, head) + std::string(kMark.substr(0, columns)) + shown.substr(tail);
}

std::string json_string(std::string_view text) { return appended(append_json_string, text); }
std::string json_number(float value) { return appended<float>(append_json_number, value); }
std::string json_number(double value) { return appended<double>(append_json_number, value); }
std::string csv_field(std::string_view text, char delimiter) { return appended(append_csv_field, text, delimiter); }
std::string csv_number(double value) { return std::isfinite(value) ? fmt::format("{}", value) : ""; }
std::string terminal_text(std::string_view text) { return appended(append_terminal_text, text); }

}  // namespace fbert
