// Any bytes as plain lines, CSV, TSV and JSONL: rows and errors do not depend on how the input is cut into chunks, and
// what CSV reading gives survives being written and read again.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "data/csv.h"
#include "data/format.h"
#include "data/reader.h"
#include "fbert/error.h"
#include "tests/fuzz/target.h"

namespace fbert::fuzz_csv {
namespace {

using Records = std::vector<std::vector<std::string>>;

void require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "broken promise: %s\n", what);
  std::abort();
}

Input input_of(std::string_view bytes, size_t chunk_bytes) {
  return Input::from_string(std::string(bytes), "input", chunk_bytes);
}

// Rows, and the error that ended them, as one string.
std::string read(std::string_view bytes, Format format, const ReaderOptions& options) {
  std::string out;
  const auto add = [&](std::string_view text) { out += std::to_string(text.size()).append(":").append(text); };
  try {
    Reader reader = Reader::from_input(input_of(bytes, options.chunk_bytes), format, options);
    for (Example example; reader.next(example);) {
      add(std::to_string(example.line));
      add(example.input.text);
      add(example.input.has_pair ? example.input.pair : "-");
      add(example.label);
    }
  } catch (const Error& error) {
    require(error.code() == ErrorCode::kData, "bad bytes are a data error");
    require(std::string_view(error.what()).starts_with("input: "), "an error names its file");
    require(std::string_view(error.what()).find('\n') == std::string_view::npos, "an error is one line");
    add(error.what());
  }
  return out;
}

void check_chunks(std::string_view bytes, Format format, ReaderOptions options) {
  const std::string whole = read(bytes, format, options);
  for (const size_t chunk : {size_t{1}, size_t{2}, size_t{7}}) {
    options.chunk_bytes = chunk;
    require(read(bytes, format, options) == whole, "rows do not depend on the chunk size");
  }
}

bool read_csv(std::string_view bytes, Records& records) {
  try {
    CsvReader reader(input_of(bytes, Input::kChunkBytes));
    for (Record record; reader.next(record);) records.push_back(record.fields);
  } catch (const Error&) {
    return false;
  }
  return true;
}

std::string write_csv(const Records& records) {
  std::string out;
  for (const auto& fields : records) {
    for (size_t i = 0; i < fields.size(); ++i) {
      if (i > 0) out += ',';
      append_csv_field(out, fields[i]);
    }
    out += "\r\n";
  }
  return out;
}

void check_round_trip(std::string_view bytes) {
  Records records;
  if (!read_csv(bytes, records)) return;
  const std::string written = "\xEF\xBB\xBF" + write_csv(records);  // text, whatever it begins with
  Records again;
  require(read_csv(written, again), "what is written can be read");
  require(again == records, "what is written is read back");
}

}  // namespace

FBERT_FUZZ_TARGET(fuzz_csv) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  for (const Format format : {Format::kLines, Format::kCsv, Format::kTsv, Format::kJsonl}) {
    check_chunks(bytes, format, {});
    check_chunks(bytes, format, {.columns = {.label_required = true}});
  }
  check_chunks(bytes, Format::kCsv, {.delimiter = ';', .columns = {.text = "1", .pair = "2"}});
  check_chunks(bytes, Format::kTsv, {.columns = {.text = "1", .header = Header::kAbsent}});
  check_round_trip(bytes);
  return 0;
}

}  // namespace fbert::fuzz_csv
