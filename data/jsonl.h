#pragma once

#include "data/input.h"
#include "loader/json.h"

namespace fbert {

// Reads one strict JSON object per line; lines of only white space are skipped. Throws kData with source, line and
// column for anything else.
class JsonlReader {
 public:
  explicit JsonlReader(Input input) : lines_(std::move(input)) {}

  // False at the end of the input.
  bool next(Json& object);

  uint64_t line() const { return lines_.line(); }
  const std::string& name() const { return lines_.name(); }
  std::optional<double> fraction() const { return lines_.fraction(); }

 private:
  LineReader lines_;
};

}  // namespace fbert
