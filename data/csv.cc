#include "data/csv.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "data/text_util.h"

namespace fbert {

bool CsvReader::fill() {
  if (chunk_.empty()) chunk_ = input_.next_chunk();
  return !chunk_.empty();
}

void CsvReader::consume(size_t size) {
  std::string_view rest = chunk_.substr(0, size);
  for (size_t end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
    rest.remove_prefix(end + 1);
    ++line_;
    column_ = 0;
  }
  column_ += count_characters(rest);
  chunk_.remove_prefix(size);
}

void CsvReader::take(std::string& field, size_t size) {
  size = std::min(size, chunk_.size());
  field.append(chunk_.substr(0, size));
  consume(size);
}

bool CsvReader::next(Record& record) {
  if (std::exchange(broken_, false)) skip_line();
  do {
    if (!fill()) return false;
    record.line = line_;
    broken_ = true;
    read_fields(record);
    broken_ = false;
  } while (blank_ && columns_ > 1);
  if (columns_ == 0) columns_ = record.fields.size();
  check_columns(record.fields.size());
  return true;
}

void CsvReader::skip_line() {
  while (fill()) {
    const size_t end = chunk_.find('\n');
    consume(end == std::string_view::npos ? chunk_.size() : end + 1);
    if (end != std::string_view::npos) return;
  }
}

void CsvReader::check_columns(size_t found) const {
  if (found == columns_) return;
  fail_at(name(), found < columns_ ? field_end_ : surplus_,
          fmt::format("expected {} column{} as in the first row, found {}", columns_, columns_ == 1 ? "" : "s", found));
}

void CsvReader::read_fields(Record& record) {
  size_t bytes = 0;
  size_t count = 0;
  FieldEnd end;
  do {
    if (count == columns_) surplus_ = here();
    if (record.fields.size() <= count) record.fields.emplace_back();
    std::string& field = record.fields[count++];
    field.clear();
    const bool quoted = fill() && chunk_.front() == '"';
    end = quoted ? read_quoted(field, record.line, bytes) : read_unquoted(field, record.line, bytes);
    bytes += field.size();
    blank_ = count == 1 && !quoted && field.empty();
  } while (end == FieldEnd::kDelimiter);
  record.fields.resize(count);
}

// After a field: consumes the delimiter or line ending that is next. A lone CR is consumed too, but is no end.
CsvReader::FieldEnd CsvReader::read_end() {
  field_end_ = here();
  if (!fill()) return FieldEnd::kRecord;
  const char next = chunk_.front();
  if (next != delimiter_ && next != '\n' && next != '\r') return FieldEnd::kNone;
  consume(1);
  if (next == delimiter_) return FieldEnd::kDelimiter;
  if (next == '\n') return FieldEnd::kRecord;
  if (fill() && chunk_.front() != '\n') return FieldEnd::kLoneCr;
  consume(chunk_.empty() ? 0 : 1);
  return FieldEnd::kRecord;
}

CsvReader::FieldEnd CsvReader::read_unquoted(std::string& field, uint64_t record_line, size_t bytes) {
  const auto is_special = [this](char c) { return c == delimiter_ || c == '"' || c == '\r' || c == '\n'; };
  for (;;) {
    const FieldEnd end = read_end();
    if (end == FieldEnd::kDelimiter || end == FieldEnd::kRecord) return end;
    if (end == FieldEnd::kLoneCr) {
      field += '\r';
      continue;
    }
    if (chunk_.front() == '"') fail_at(name(), here(), "a quote inside a field that does not begin with one");
    take(field, static_cast<size_t>(std::find_if(chunk_.begin(), chunk_.end(), is_special) - chunk_.begin()));
    check_size(bytes + field.size(), record_line);
  }
}

CsvReader::FieldEnd CsvReader::read_quoted(std::string& field, uint64_t record_line, size_t bytes) {
  const Position quote = here();
  consume(1);
  for (;;) {
    if (!fill()) throw Error(ErrorCode::kData, at_position(name(), quote, "a quote that is never closed"));
    take(field, chunk_.find('"'));
    check_size(bytes + field.size(), record_line);
    if (chunk_.empty()) continue;
    consume(1);
    if (fill() && chunk_.front() == '"') {
      take(field, 1);
      continue;
    }
    const FieldEnd end = read_end();
    if (end == FieldEnd::kDelimiter || end == FieldEnd::kRecord) return end;
    fail_at(name(), field_end_, "text after the closing quote of a field");
  }
}

void CsvReader::check_size(size_t bytes, uint64_t record_line) const {
  if (bytes <= kMaxRecordBytes) return;
  const std::string problem =
      fmt::format("the record that begins here is longer than {} bytes; is a quote not closed?", kMaxRecordBytes);
  throw Error(ErrorCode::kData, at_position(name(), {record_line, 1}, problem));
}

}  // namespace fbert
