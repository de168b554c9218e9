#include "data/jsonl.h"

#include <charconv>

#include <fmt/format.h>

#include "data/text_util.h"
#include "fbert/error.h"

namespace fbert {
namespace {

constexpr std::string_view kWhiteSpace = " \t\r";
constexpr std::string_view kBytePrefix = "json: byte ";

uint64_t column_of(std::string_view line, size_t byte) { return count_characters(line.substr(0, byte)) + 1; }

// An error of parse_json(line, "json"), "json: byte 12: <problem>", as one of the file.
[[noreturn]] void fail_in_line(const std::string& source, uint64_t number, std::string_view line,
                               std::string_view message) {
  size_t byte = 0;
  if (message.starts_with(kBytePrefix)) {
    const char* end = message.data() + message.size();
    const auto [rest, error] = std::from_chars(message.data() + kBytePrefix.size(), end, byte);
    message.remove_prefix(static_cast<size_t>(rest - message.data()));
    if (message.starts_with(": ")) message.remove_prefix(2);
  }
  fail_at(source, {number, column_of(line, byte)}, std::string(message));
}

}  // namespace

bool JsonlReader::next(Json& object) {
  std::string_view line;
  size_t begin = 0;
  do {
    if (!lines_.next(line)) return false;
    begin = line.find_first_not_of(kWhiteSpace);
  } while (begin == std::string_view::npos);
  try {
    object = parse_json(line, "json");
  } catch (const Error& error) {
    fail_in_line(name(), lines_.line(), line, error.what());
  }
  if (!object.is_object()) {
    fail_at(name(), {lines_.line(), column_of(line, begin)},
            fmt::format("expected a JSON object, found {}", object.type_name()));
  }
  return true;
}

}  // namespace fbert
