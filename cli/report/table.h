#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "cli/report/terminal.h"

namespace fbert {

// Rows of cells under headings, printed in several forms. Cells are raw text; each form escapes what it has to.
struct Table {
  // Of prose on a terminal and in Markdown; what is longer is cut there.
  static constexpr size_t kMostProse = 120;

  struct Column {
    std::string heading;
    bool left = false;  // text is aligned to the left, numbers to the right
  };

  std::vector<Column> columns;
  std::vector<std::vector<std::string>> rows{};  // as many cells as columns
  bool prose = false;                            // the last column holds texts of any length

  // For a terminal of `width` columns: columns two spaces apart, aligned by the width that their characters have there.
  // Where the table is wider, names are shortened in their middle, prose goes below its row, and the columns that do
  // not fit all the same follow in further blocks, each with the first column where that one holds names.
  std::string text(size_t width = kUnlimited) const;

  // Whether text(width) is a single block of lines that fit.
  bool fits(size_t width) const;

  // A pipe table of GitHub's Markdown.
  std::string markdown() const;
};

}  // namespace fbert
