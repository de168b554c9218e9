#include "cli/table.h"

#include <algorithm>

#include "cli/format.h"

namespace fbert {
namespace {

using Cells = std::vector<std::string>;
using Widths = std::vector<size_t>;

// The headings and rows of a table with every cell escaped, and the width of its columns.
struct Grid {
  std::vector<Cells> lines;  // the headings first
  Widths widths;
};

template <typename Escape>
Grid grid_of(const Table& table, Escape escape) {
  Grid grid;
  Cells headings;
  for (const Table::Column& column : table.columns) headings.push_back(escape(column.heading));
  grid.lines.push_back(std::move(headings));
  for (const Cells& row : table.rows) {
    Cells cells;
    for (const std::string& cell : row) cells.push_back(escape(cell));
    grid.lines.push_back(std::move(cells));
  }
  grid.widths.resize(table.columns.size());
  for (const Cells& line : grid.lines) {
    for (size_t i = 0; i < line.size(); ++i) grid.widths[i] = std::max(grid.widths[i], display_width(line[i]));
  }
  return grid;
}

std::string padded(const std::string& cell, size_t width, bool left) {
  const std::string spaces(width - std::min(width, display_width(cell)), ' ');
  return left ? cell + spaces : spaces + cell;
}

std::string markdown_text(const std::string& cell) {
  std::string out;
  for (const char byte : terminal_text(cell)) {
    if (byte == '|') out += '\\';
    out += byte;
  }
  return out;
}

}  // namespace

std::string Table::text() const {
  const Grid grid = grid_of(*this, [](const std::string& cell) { return terminal_text(cell); });
  std::string out;
  for (const Cells& line : grid.lines) {
    std::string joined;
    for (size_t i = 0; i < line.size(); ++i) {
      joined += (i == 0 ? "" : "  ") + padded(line[i], grid.widths[i], columns[i].left);
    }
    joined.erase(joined.find_last_not_of(' ') + 1);
    out += joined + '\n';
  }
  return out;
}

std::string Table::markdown() const {
  Grid grid = grid_of(*this, markdown_text);
  for (size_t& width : grid.widths) width = std::max<size_t>(width, 3);
  const auto append = [](std::string& out, const Cells& cells) {
    for (const std::string& cell : cells) out += "| " + cell + ' ';
    out += "|\n";
  };
  std::string out;
  for (size_t row = 0; row < grid.lines.size(); ++row) {
    Cells cells;
    for (size_t i = 0; i < columns.size(); ++i) {
      cells.push_back(padded(grid.lines[row][i], grid.widths[i], columns[i].left));
    }
    append(out, cells);
    if (row > 0) continue;
    for (size_t i = 0; i < columns.size(); ++i) {
      cells[i] = std::string(grid.widths[i] - 1, '-') + (columns[i].left ? '-' : ':');
    }
    append(out, cells);
  }
  return out;
}

}  // namespace fbert
