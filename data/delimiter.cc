#include "data/delimiter.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <vector>

#include "data/text_util.h"
#include "fbert/error.h"

namespace fbert {
namespace {

constexpr std::array<char, 4> kDelimiters = {',', '\t', ';', '|'};

[[noreturn]] void ask_for_delimiter(const std::string& source, const std::string& why) {
  throw OptionError(ErrorCode::kData, fmt::format("{}: {}; say with ", source, why), "delimiter",
                    " which of them is between the columns");
}

std::string shown(char delimiter) { return delimiter == '\t' ? "tab" : fmt::format("'{}'", delimiter); }

std::string_view first_line(std::string_view head) {
  std::string_view line = head.substr(0, head.find('\n'));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// Calls visit(begin, end, ends_record) for every field.
template <typename Visit>
void for_each_field(std::string_view text, char delimiter, bool quotes, Visit visit) {
  size_t begin = 0;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quotes && c == '"' && (quoted || i == begin)) quoted = !quoted;
    if (quoted || (c != delimiter && c != '\n')) continue;
    visit(begin, i, c == '\n');
    begin = i + 1;
  }
  if (begin < text.size()) visit(begin, text.size(), true);
}

std::vector<std::string> fields_of(std::string_view line, char delimiter, bool quotes) {
  std::vector<std::string> fields;
  for_each_field(line, delimiter, quotes, [&](size_t begin, size_t end, bool) {
    std::string_view field = line.substr(begin, end - begin);
    if (quotes && field.size() >= 2 && field.starts_with('"') && field.ends_with('"')) {
      field = field.substr(1, field.size() - 2);
    }
    fields.emplace_back(field);
  });
  return fields;
}

// The number of delimiters in each row that is not blank, but for the last one where it may go on.
std::vector<size_t> counts_of(const TableStart& table, char delimiter) {
  std::vector<size_t> counts;
  size_t fields = 0;
  size_t bytes = 0;
  for_each_field(table.head, delimiter, table.quotes, [&](size_t begin, size_t end, bool ends_record) {
    ++fields;
    bytes += end - begin;
    const bool cut = end == table.head.size() && !table.is_all;
    if (!ends_record) return;
    if (!cut && (fields > 1 || bytes > 1)) counts.push_back(fields - 1);
    fields = bytes = 0;
  });
  return counts;
}

}  // namespace

std::optional<char> named_delimiter(std::string_view head) {
  constexpr std::string_view kName = "sep=";
  std::string_view line = first_line(head);
  if (line.size() > 2 && line.starts_with('"') && line.ends_with('"')) line = line.substr(1, line.size() - 2);
  if (line.size() != kName.size() + 1 || !equal_ignoring_case(line.substr(0, kName.size()), kName)) return {};
  return static_cast<unsigned char>(line.back()) < 0x80 ? std::optional(line.back()) : std::nullopt;
}

bool looks_like_header(std::string_view head) {
  const std::string_view line = first_line(head);
  return std::any_of(kDelimiters.begin(), kDelimiters.end(), [&](char delimiter) {
    return names_columns(fields_of(line, delimiter, true), {.label_required = true});
  });
}

std::optional<char> delimiter_of_header(const TableStart& table, const ColumnOptions& columns,
                                        const std::string& source) {
  if (columns.header == Header::kAbsent) return {};
  std::vector<char> found;
  const std::string_view line = first_line(table.head);
  for (const char delimiter : kDelimiters) {
    if (delimiter != table.usual && line.find(delimiter) == std::string_view::npos) continue;
    if (names_columns(fields_of(line, delimiter, table.quotes), columns)) found.push_back(delimiter);
  }
  if (found.empty()) return {};
  if (found.size() == 1 && !table.quotes && found.front() != table.usual) {
    ask_for_delimiter(
        source, fmt::format("the first row is a header by {}, not by {}", shown(found.front()), shown(table.usual)));
  }
  if (found.size() == 1) return found.front();
  ask_for_delimiter(source,
                    fmt::format("the first row is a header both by {} and by {}", shown(found[0]), shown(found[1])));
}

void check_delimiter(const TableStart& table, const std::string& source) {
  const std::vector<size_t> usual = counts_of(table, table.usual);
  const auto is_same = [](const std::vector<size_t>& counts) {
    return std::adjacent_find(counts.begin(), counts.end(), std::not_equal_to<>()) == counts.end();
  };
  for (const char delimiter : kDelimiters) {
    if (delimiter == table.usual) continue;
    const std::vector<size_t> counts = counts_of(table, delimiter);
    if (counts.size() < 2 || counts.front() == 0) continue;
    if (*std::min_element(counts.begin(), counts.end()) < counts.front()) continue;
    // The usual one is not in the first row, or several rows are as good a table by the other one.
    const bool is_without = usual.empty() || usual.front() == 0;
    const bool is_as_good =
        !is_without && counts.size() >= 3 && counts.front() >= usual.front() && is_same(usual) && is_same(counts);
    if (!is_without && !is_as_good) continue;
    ask_for_delimiter(source, fmt::format("each row has a {}, as if the columns were apart by it and not by {}",
                                          shown(delimiter), shown(table.usual)));
  }
}

}  // namespace fbert
