#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace fbert {

enum class Header { kAuto, kPresent, kAbsent };

// Columns by number from 1, as options write them; "" for none.
struct ColumnPositions {
  std::string text{};
  std::string pair{};
  std::string label{};
};

// Which columns (CSV, TSV) or keys (JSONL) hold the texts and the label; "" lets fbert find them by the usual names
// (docs/data-formats.md). A column is a name of the header, or its position from 1, as `cut` counts.
struct ColumnOptions {
  std::string text{};
  std::string pair{};  // "" together with a given `text`: there is no second text
  std::string label{};
  Header header = Header::kAuto;
  ColumnPositions without_header{};  // used where no column is named by an option and the file has no header
  bool label_required = false;       // false: labels are not looked for unless `label` names their column
};

// Positions from 0.
struct Columns {
  size_t text = 0;
  std::optional<size_t> pair;
  std::optional<size_t> label;
  bool has_header = false;
};

// Whether a first record is a header with all columns that are asked for and, where none are, those that are needed.
bool names_columns(std::span<const std::string> first_record, const ColumnOptions& options);

// Finds the columns from the first record of a file. Throws kData with one line that lists the columns there are when
// one that is wanted is not among them, kUsage for a position that is not a number of a column.
Columns find_columns(std::span<const std::string> first_record, const ColumnOptions& options,
                     const std::string& source);

// Keys of JSONL objects; "" where there is none.
struct Keys {
  std::string text;
  std::string pair;
  std::string label;
  bool pair_optional = false;  // an object without the pair's key is a single text
};

// The same from the keys of the first object of a JSONL file.
Keys find_keys(std::span<const std::string> keys, const ColumnOptions& options, const std::string& source);

}  // namespace fbert
