#include "data/jsonl.h"

#include <fmt/format.h>

#include "data/text_util.h"
#include "loader/json_scanner.h"

namespace fbert {
namespace {

constexpr std::string_view kWhiteSpace = " \t\r";

uint64_t column_of(std::string_view line, size_t byte) { return count_characters(line.substr(0, byte)) + 1; }

}  // namespace

bool JsonlReader::next(Json& object) {
  std::string_view line;
  size_t begin = 0;
  do {
    if (!lines_.next(line)) return false;
    begin = line.find_first_not_of(kWhiteSpace);
  } while (begin == std::string_view::npos);
  try {
    object = parse_json(line, "");
  } catch (const JsonError& error) {
    fail_at(name(), {lines_.line(), column_of(line, error.byte())}, error.problem());
  }
  if (!object.is_object()) {
    fail_at(name(), {lines_.line(), column_of(line, begin)},
            fmt::format("expected a JSON object, found {}", object.type_name()));
  }
  return true;
}

}  // namespace fbert
