#include "cli/row_messages.h"

#include <fmt/format.h>

#include "cli/output.h"

namespace fbert {

std::function<void(const RowError&)> bad_row_action(BadRows bad_rows) {
  switch (bad_rows) {
    case BadRows::kSkip:
      return [](const RowError&) {};
    case BadRows::kReport:
      return [](const RowError& error) { write_message(fmt::format("fbert: {}\n", error.what())); };
    case BadRows::kError:
      break;
  }
  return {};
}

void report_note(const Reader& reader) {
  if (!reader.note().empty()) write_message(fmt::format("fbert: {}\n", reader.note()));
}

void report_invalid_utf8(int64_t count, int64_t texts) {
  if (count == 0) return;
  write_message(fmt::format("fbert: {} of {} texts held invalid UTF-8, replaced by U+FFFD\n", count, texts));
}

void report_left_out(int64_t left_out, int64_t rows, BadRows bad_rows) {
  if (left_out == 0) return;
  write_message(fmt::format("fbert: {} of {} rows were left out{}\n", left_out, left_out + rows,
                            bad_rows == BadRows::kSkip ? " (--bad-rows report says which)" : ""));
}

void report_losses(const TextTally& tally, int32_t max_length) {
  if (tally.truncated() > 0) {
    write_message(fmt::format("fbert: {} of {} texts were truncated to {} tokens\n", tally.truncated(), tally.texts(),
                              max_length));
  }
  report_invalid_utf8(tally.invalid_utf8(), tally.texts());
  if (tally.not_finite() > 0) {
    write_message(
        fmt::format("fbert: {} of {} texts gave scores that are not finite\n", tally.not_finite(), tally.texts()));
  }
}

}  // namespace fbert
