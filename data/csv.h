#pragma once

#include "data/input.h"

namespace fbert {

// Reads RFC 4180 records: fields apart by `delimiter`, records by CRLF or LF, quoted fields with doubled quotes,
// delimiters and line breaks. A lone CR outside quotes is text. Throws kData with source, line and column (in
// characters, from 1) for a quote inside an unquoted field, text after a closing quote, a quote that is never closed,
// and a record that has not as many fields as the first one (at its end, or where the field too many begins). After all
// of them but the quote that is never closed, which may have swallowed any number of records, next() goes on at the
// next line. A blank line is skipped where the first record has more than one field, and is a record of one empty field
// otherwise.
class CsvReader {
 public:
  explicit CsvReader(Input input, char delimiter = ',')
      : input_(std::move(input)), delimiter_(delimiter), line_(1 + input_.skipped_lines()) {}

  // False at the end of the input.
  bool next(Record& record);

  const std::string& name() const { return input_.name(); }
  std::optional<double> fraction() const { return input_.fraction(); }

 private:
  enum class FieldEnd { kNone, kLoneCr, kDelimiter, kRecord };

  void skip_line();
  bool fill();                                 // false at the end of the input
  void consume(size_t size);                   // counts lines and columns
  void take(std::string& field, size_t size);  // moves at most `size` bytes of the chunk
  void read_fields(Record& record);
  FieldEnd read_end();
  FieldEnd read_unquoted(std::string& field, uint64_t record_line, size_t bytes);
  FieldEnd read_quoted(std::string& field, uint64_t record_line, size_t bytes);
  void check_size(size_t bytes, uint64_t record_line) const;
  void check_columns(size_t found) const;
  Position here() const { return {line_, column_ + 1}; }

  Input input_;
  std::string_view chunk_;
  char delimiter_;
  size_t columns_ = 0;  // of the first record
  uint64_t line_;
  uint64_t column_ = 0;  // characters before the next byte
  Position field_end_;   // of the last field
  Position surplus_;     // where the first field begins that the first record does not have
  bool broken_ = false;  // the last record was left in its middle
  bool blank_ = false;   // the last record was an empty line
};

}  // namespace fbert
