#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "data/columns.h"

namespace fbert {

// What is known of a table before its first record is read.
struct TableStart {
  std::string_view head = {};  // its first lines
  bool is_all = false;         // there are no others
  char usual = ',';            // delimiter of the format
  bool quotes = true;          // a field may be quoted
};

// The delimiter that Excel's line "sep=;" names, where `head` begins with one.
std::optional<char> named_delimiter(std::string_view head);

// Whether the first line is a header with a text and a label by some delimiter.
bool looks_like_header(std::string_view head);

// The delimiter for which the first line is a header with the columns that are asked for, or the usual ones. None where
// no delimiter makes that of it. Throws OptionError for two of them, and for another than the usual one where quotes
// are text, which they may not be meant to be.
std::optional<char> delimiter_of_header(const TableStart& table, const ColumnOptions& columns,
                                        const std::string& source);

// Throws OptionError where every row has another delimiter and none has the usual one: the table would be read as one
// column in silence.
void check_delimiter(const TableStart& table, const std::string& source);

}  // namespace fbert
