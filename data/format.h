#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace fbert {

// Writers of output forms. All of them append, so that a row is built in one reused string.

// "..." with quotes. Control characters (C0, DEL, C1) are escaped, ill-formed UTF-8 becomes U+FFFD.
void append_json_string(std::string& out, std::string_view text);

// 9 significant digits: reading it back as float gives the same bits. null for a value that is not finite.
void append_json_number(std::string& out, float value);

// The shortest form that reads back as the same double; null for a value that is not finite.
void append_json_number(std::string& out, double value);

// An RFC 4180 field: quoted where it has to be.
void append_csv_field(std::string& out, std::string_view text, char delimiter = ',');

// For a terminal: control characters and bidirectional overrides as escapes, ill-formed UTF-8 as U+FFFD.
void append_terminal_text(std::string& out, std::string_view text);

std::string json_string(std::string_view text);
std::string json_number(float value);
std::string json_number(double value);
std::string csv_field(std::string_view text, char delimiter = ',');
std::string csv_number(double value);  // empty where it is not finite
std::string terminal_text(std::string_view text);

// Columns that a terminal gives to UTF-8 text: two for the wide characters of East Asia and most emoji, none for
// combining marks (Unicode Standard Annex 11, from utf8proc's tables). Text as terminal_text() makes it.
size_t display_width(std::string_view text);

// How many bytes of text as terminal_text() makes it fit into so many columns, with the marks that belong to the last
// character.
size_t bytes_that_fit(std::string_view text, size_t columns);

// The beginning of a text, as terminal_text() makes it, that fits into so many columns; "..." stands for what is cut.
std::string cut_to_width(std::string_view text, size_t columns);

// The same with "..." in the middle, for names, which often differ at their ends.
std::string cut_middle_to_width(std::string_view text, size_t columns);

}  // namespace fbert
