#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fbert {

// Names in data files differ in case ("Text", "Positive"). ASCII only: other letters have to be equal.
bool equal_ignoring_case(std::string_view a, std::string_view b);

// Without the spaces, tabs and line breaks at both ends.
std::string_view trimmed(std::string_view text);

// A finite decimal number that is all of `text`: "1", "-2.5", "1e3".
std::optional<double> parse_number(std::string_view text);

// Code points of UTF-8; a stray continuation byte counts nothing.
size_t count_characters(std::string_view text);

// The parts of a comma-separated list, without white space around them; none for "". Throws kUsage with the name of the
// option when a part is empty.
std::vector<std::string> split_list(const std::string& list, const std::string& option);

}  // namespace fbert
