#pragma once

#include <string>

#include "data/input.h"
#include "loader/json.h"

namespace fbert {

// Reads strict JSON objects, one on a line; lines of only white space are skipped. An object may also go on over
// several lines. Strings may hold ill-formed UTF-8. Throws kData with source, line and column for anything else; next()
// then goes on at the next line, or at the one that begins another object.
class JsonlReader {
 public:
  explicit JsonlReader(Input input) : lines_(std::move(input)) {}

  // False at the end of the input.
  bool next(Json& object);

  uint64_t line() const { return begin_; }  // on which the last object begins
  const std::string& name() const { return lines_.name(); }
  std::optional<double> fraction() const { return lines_.fraction(); }

 private:
  bool next_line(std::string_view& line);
  std::string_view whole_object(std::string_view first_line);

  LineReader lines_;
  uint64_t begin_ = 0;
  std::string text_;      // an object of several lines
  std::string held_;      // a line that was read too far
  bool is_held_ = false;  // and comes next
};

// Parses the JSON object that begins at `begin`. Throws RowError with the line and column of what is wrong.
Json parse_object(std::string_view text, Position begin, const std::string& source);

}  // namespace fbert
