#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "data/columns.h"
#include "data/csv.h"
#include "data/input.h"
#include "data/json_array.h"
#include "data/json_items.h"
#include "data/jsonl.h"
#include "data/tsv.h"
#include "fbert/classifier.h"

namespace fbert {

enum class Format { kLines, kCsv, kTsv, kJsonl, kJson };

// "lines", "csv", "tsv", "jsonl"; throws kUsage for another name. (kJson, an array of objects, is never asked for by
// name.)
Format parse_format(std::string_view name);
const char* to_string(Format format);

// By extension, whatever its case and that of a .gz behind it: .csv, .tsv, .jsonl, .ndjson, .json; anything else, and
// "-", is plain lines.
Format format_of_path(std::string_view path);

struct ReaderOptions {
  std::optional<Format> format{};  // absent: format_of_path()
  char delimiter = '\0';           // of CSV and TSV; '\0': a comma and a tab, or what the header of a CSV file says
  bool tabs_mean_tsv = false;      // a CSV file with a tab in its first line is TSV
  std::string json_key{};          // of the array in a JSON file of several
  ColumnOptions columns{};
  size_t chunk_bytes = Input::kChunkBytes;
};

// One row of a data file.
struct Example {
  TextInput input;
  std::string label;  // as it is written in the file; "" unless Reader::has_label()
  uint64_t line = 0;  // the physical line it begins on, from 1; in a JSON array the number of the entry
};

// Streams the rows of a data file in memory that does not grow with their number.
class Reader {
 public:
  // `path` is a file, or "-" for standard input. Reads the first record, to find the columns. Throws kData for a file
  // that cannot be read or lacks a column that was asked for.
  static Reader open(const std::string& path, const ReaderOptions& options = {});
  static Reader from_input(Input input, Format format, const ReaderOptions& options = {});

  // False at the end. Throws RowError with file and line (and column or key) for a malformed row; the next call goes on
  // after it.
  bool next(Example& example);

  bool has_pair() const;  // rows have a second text (JSONL: may have)
  bool has_label() const;
  const std::string& name() const;                   // the file as messages call it
  const std::string& note() const { return note_; }  // how the file is read where nobody said, one line; "" for none
  std::optional<double> fraction() const;            // how much of it was read, in [0, 1], where its size is known

  // "<file>: line <line>: <problem>", for what a caller finds wrong with a row.
  std::string at(uint64_t line, const std::string& problem) const;
  // Throws it as RowError.
  [[noreturn]] void fail(uint64_t line, const std::string& problem) const;

 private:
  using Source = std::variant<LineReader, CsvReader, TsvReader, JsonlReader, JsonItemReader, JsonArrayReader>;

  explicit Reader(Source source) : source_(std::move(source)) {}
  static Source source_of(Input input, Format format, const ReaderOptions& options);
  void start(const ColumnOptions& options);
  void set_fields(Example& example);
  void set_keys(Example& example, uint64_t line);

  Source source_;
  Columns columns_;
  Keys keys_;
  Record record_;
  Json object_;
  std::string note_;
  bool pending_ = false;  // the first record was read and is a row
};

}  // namespace fbert
