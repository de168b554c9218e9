// Any bytes as a CSV or TSV file for which no delimiter is given: it is read as with one that is given, or refused.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "data/delimiter.h"
#include "data/reader.h"
#include "fbert/error.h"
#include "tests/fuzz/target.h"

namespace fbert::fuzz_delimiter {
namespace {

void require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "broken promise: %s\n", what);
  std::abort();
}

// Rows, "" where the file is refused before its first row.
std::string rows_of(std::string_view bytes, Format format, ReaderOptions options, char delimiter) {
  options.delimiter = delimiter;
  std::string out;
  try {
    Reader reader = Reader::from_input(Input::from_string(std::string(bytes), "input"), format, options);
    out = "rows ";
    for (Example example; reader.next(example);) {
      out += std::to_string(example.line) + ' ' + std::to_string(example.input.text.size()) + ' ';
      out += example.input.text + example.input.pair + example.label + '\n';
    }
  } catch (const Error& error) {
    require(error.code() == ErrorCode::kData, "bad bytes are a data error");
  }
  return out;
}

void check(std::string_view bytes, Format format, const ReaderOptions& options) {
  const std::string found = rows_of(bytes, format, options, '\0');
  if (found.empty() || named_delimiter(bytes)) return;
  bool is_one = false;
  for (const char delimiter : {',', ';', '\t', '|'}) {
    if (format == Format::kTsv && delimiter != '\t') continue;
    is_one = is_one || rows_of(bytes, format, options, delimiter) == found;
  }
  require(is_one, "a file is read as with one of the delimiters");
}

}  // namespace

FBERT_FUZZ_TARGET(fuzz_delimiter) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  for (const Format format : {Format::kCsv, Format::kTsv}) {
    check(bytes, format, {});
    check(bytes, format, {.columns = {.label_required = true}});
    check(bytes, format, {.columns = {.text = "1", .label = "2"}});
  }
  return 0;
}

}  // namespace fbert::fuzz_delimiter
