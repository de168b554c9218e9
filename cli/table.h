#pragma once

#include <string>
#include <vector>

namespace fbert {

// Rows of cells under headings, printed in several forms. Cells are raw text; each form escapes what it has to.
struct Table {
  struct Column {
    std::string heading;
    bool left = false;  // text is aligned to the left, numbers to the right
  };

  std::vector<Column> columns;
  std::vector<std::vector<std::string>> rows;  // as many cells as columns

  // For a terminal: columns two spaces apart, aligned by the width that their characters have there.
  std::string text() const;
  // A pipe table of GitHub's Markdown.
  std::string markdown() const;
};

}  // namespace fbert
