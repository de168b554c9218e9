#include "cli/report/table.h"

#include <algorithm>
#include <numeric>

#include "data/format.h"

namespace fbert {
namespace {

using Cells = std::vector<std::string>;
using Widths = std::vector<size_t>;

constexpr size_t kLeastName = 16;   // columns that a name is not shortened below
constexpr size_t kLeastProse = 60;  // columns of prose that make it worth reading beside its row
constexpr size_t kProseIndent = 4;

// The headings and rows of a table with every cell escaped, and the width of its columns.
struct Grid {
  std::vector<Cells> lines;  // the headings first
  Widths widths;
};

void measure(Grid& grid) {
  grid.widths.assign(grid.lines.front().size(), 0);
  for (const Cells& line : grid.lines) {
    for (size_t i = 0; i < line.size(); ++i) grid.widths[i] = std::max(grid.widths[i], display_width(line[i]));
  }
}

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
  measure(grid);
  return grid;
}

std::string padded(const std::string& cell, size_t width, bool left) {
  const std::string spaces(width - std::min(width, display_width(cell)), ' ');
  return left ? cell + spaces : spaces + cell;
}

std::string markdown_text(const std::string& cell) {
  constexpr std::string_view kMarkup = "|\\<*`";  // what ends a cell or makes markup of a text
  std::string out;
  for (const char byte : terminal_text(cell)) {
    if (kMarkup.find(byte) != std::string_view::npos) out += '\\';
    out += byte;
  }
  return out;
}

size_t total_width(const Widths& widths) {
  size_t total = widths.empty() ? 0 : 2 * (widths.size() - 1);
  for (const size_t width : widths) total += width;
  return total;
}

Grid with_names_of(const Table& table, const Grid& whole, size_t width) {
  Grid grid = whole;
  for (Cells& line : grid.lines) {
    for (size_t i = 0; i < line.size(); ++i) {
      if (table.columns[i].left) line[i] = cut_middle_to_width(line[i], width);
    }
  }
  measure(grid);
  return grid;
}

using Blocks = std::vector<std::vector<size_t>>;  // the columns of each

// As many columns as fit beside each other; the first one stands in every block where it holds names.
Blocks blocks_of(const Table& table, const Widths& widths, size_t width) {
  Blocks blocks;
  const bool has_names = table.columns.front().left;
  size_t used = 0;
  for (size_t i = 0; i < widths.size(); ++i) {
    const bool only_names = !blocks.empty() && has_names && blocks.back().size() == 1;
    if (blocks.empty() || (used + 2 + widths[i] > width && !only_names)) {
      const bool names_first = has_names && i > 0;
      blocks.push_back(names_first ? std::vector<size_t>{0, i} : std::vector<size_t>{i});
      used = widths[i] + (names_first ? widths[0] + 2 : 0);
    } else {
      blocks.back().push_back(i);
      used += 2 + widths[i];
    }
  }
  return blocks;
}

size_t widest(const Blocks& blocks, const Widths& widths) {
  size_t most = 0;
  for (const std::vector<size_t>& block : blocks) {
    size_t total = 2 * (block.size() - 1);
    for (const size_t column : block) total += widths[column];
    most = std::max(most, total);
  }
  return most;
}

// Names are as long as they can be while the columns need as few blocks as possible.
Grid fitted_grid(const Table& table, size_t width) {
  const Grid whole = grid_of(table, [](const std::string& cell) { return terminal_text(cell); });
  if (total_width(whole.widths) <= width) return whole;
  Grid best = with_names_of(table, whole, kLeastName);
  const Blocks fewest = blocks_of(table, best.widths, width);
  const size_t narrowest = widest(fewest, best.widths);
  size_t low = kLeastName;
  size_t high = std::min(*std::max_element(whole.widths.begin(), whole.widths.end()), width) + 1;
  while (low + 1 < high) {
    const size_t middle = (low + high) / 2;
    Grid grid = with_names_of(table, whole, middle);
    const Blocks blocks = blocks_of(table, grid.widths, width);
    const bool fits = blocks.size() == fewest.size() && widest(blocks, grid.widths) <= std::max(width, narrowest);
    (fits ? low : high) = middle;
    if (fits) best = std::move(grid);
  }
  return best;
}

std::string joined(const Table& table, const Grid& grid, const Cells& line, const std::vector<size_t>& columns) {
  std::string text;
  for (const size_t i : columns) {
    text += (text.empty() ? "" : "  ") + padded(line[i], grid.widths[i], table.columns[i].left);
  }
  return text.erase(text.find_last_not_of(' ') + 1) + '\n';
}

// The table without its prose, each row followed by it; rows that do not fit either are written as a list of what
// stands in their columns.
std::string text_with_prose_below(const Table& table, size_t width) {
  Table rest = table;
  rest.prose = false;
  rest.columns.pop_back();
  for (Cells& row : rest.rows) row.pop_back();
  const Grid grid = fitted_grid(rest, width);
  const bool aligned = total_width(grid.widths) <= width;
  std::vector<size_t> all(rest.columns.size());
  std::iota(all.begin(), all.end(), size_t{0});
  std::string out = aligned ? joined(rest, grid, grid.lines.front(), all) : "";
  for (size_t row = 0; row < rest.rows.size(); ++row) {
    std::string list;
    for (size_t i = 0; i < rest.columns.size(); ++i) {
      list += (list.empty() ? "" : ", ") + rest.columns[i].heading + ' ' + rest.rows[row][i];
    }
    if (aligned) {
      out += joined(rest, grid, grid.lines[row + 1], all);
    } else {
      append_paragraph(out, list, 0, width);
    }
    append_paragraph(out, cut_to_width(table.rows[row].back(), Table::kMostProse), kProseIndent, width);
  }
  return out;
}

// With its prose cut so that it fits into `room` columns.
Table with_prose_cut(const Table& table, size_t room) {
  Table cut = table;
  for (Cells& row : cut.rows) row.back() = cut_to_width(row.back(), room);
  cut.prose = false;
  return cut;
}

size_t room_for_prose(const Table& table, size_t width) {
  Table rest = table;
  for (Cells& row : rest.rows) row.back().clear();
  rest.columns.back().heading.clear();
  const size_t taken = total_width(grid_of(rest, terminal_text).widths);
  return std::min(width > taken ? width - taken : 0, Table::kMostProse);
}

}  // namespace

bool Table::fits(size_t width) const { return total_width(fitted_grid(*this, width).widths) <= width; }

std::string Table::text(size_t width) const {
  if (prose) {
    const size_t room = room_for_prose(*this, width);
    const auto fits = [&](const Cells& row) { return display_width(terminal_text(row.back())) <= room; };
    if (room < kLeastProse && !std::all_of(rows.begin(), rows.end(), fits)) return text_with_prose_below(*this, width);
    return with_prose_cut(*this, room).text();
  }
  const Grid grid = fitted_grid(*this, width);
  std::string out;
  for (const std::vector<size_t>& block : blocks_of(*this, grid.widths, width)) {
    if (!out.empty()) out += '\n';
    for (const Cells& line : grid.lines) out += joined(*this, grid, line, block);
  }
  return out;
}

std::string Table::markdown() const {
  if (prose) return with_prose_cut(*this, kMostProse).markdown();
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
