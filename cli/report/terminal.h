#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

// How text is laid out for the width of a terminal.
namespace fbert {

inline constexpr size_t kUnlimited = SIZE_MAX;

// Columns of the terminal behind a file descriptor, 80 where it does not say. kUnlimited where there is no terminal:
// files and programs get all there is.
size_t terminal_columns(int fd);

// Whether a terminal takes escape sequences: not a dumb one, nor where NO_COLOR asks for plain text.
bool takes_escapes();

// Appends a line "name    value" with the value from column `indent` on. Where it does not fit into `columns`, it goes
// on below itself, broken at spaces; a longer word (a path) stays whole, so that it can be copied. Escapes both.
void append_field(std::string& out, std::string_view name, std::string_view value, size_t indent, size_t columns);

// Appends lines of at most `columns` that begin with `indent` spaces, broken at spaces and, for words that are longer
// (texts in Chinese), anywhere. Escapes the text.
void append_paragraph(std::string& out, std::string_view text, size_t indent, size_t columns);

}  // namespace fbert
