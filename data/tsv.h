#pragma once

#include "data/input.h"

namespace fbert {

// Reads lines of fields apart by `delimiter`; quotes are text like any other (the form of the GLUE files). Lines may
// differ in their number of fields: who asks for a column checks that it is there. Blank lines are skipped where the
// first record has more than one field, and are a record of one empty field otherwise.
class TsvReader {
 public:
  explicit TsvReader(Input input, char delimiter = '\t') : lines_(std::move(input)), delimiter_(delimiter) {}

  // False at the end of the input.
  bool next(Record& record);

  const std::string& name() const { return lines_.name(); }
  std::optional<double> fraction() const { return lines_.fraction(); }

 private:
  LineReader lines_;
  char delimiter_;
  size_t columns_ = 0;  // of the first record
};

}  // namespace fbert
