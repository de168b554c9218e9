#pragma once

#include <cstdint>
#include <functional>

#include "data/input.h"
#include "data/rows.h"

// What commands say on standard error about the rows and texts that they read.
namespace fbert {

// What happens with rows that are malformed, that have a label the model does not know, or a text it does not take.
enum class BadRows {
  kError,   // end with the first one
  kSkip,    // leave them out; say how many at the end
  kReport,  // leave them out; say each
};

// What RowLoop::bad_row does.
std::function<void(const RowError&)> bad_row_action(BadRows bad_rows);

// How a file was read where nobody said; none where Reader::note() is empty.
void report_note(const Reader& reader);

// One line, none where `count` is 0.
void report_invalid_utf8(int64_t count, int64_t texts);

// The same for `left_out` bad rows of which `bad_rows` made no error; `rows` are those that were taken.
void report_left_out(int64_t left_out, int64_t rows, BadRows bad_rows);

// One line for each kind of loss: "fbert: 3 of 872 texts were truncated to 256 tokens".
void report_losses(const TextTally& tally, int32_t max_length);

}  // namespace fbert
