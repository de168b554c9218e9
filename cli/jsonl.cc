#include "cli/jsonl.h"

#include <fmt/format.h>

namespace fbert {

bool JsonlReader::next(Json& object) {
  std::string_view line;
  do {
    if (!lines_.next(line)) return false;
  } while (line.find_first_not_of(" \t\r") == std::string_view::npos);
  object = parse_json(line, fmt::format("{}: line {}", name(), lines_.line()));
  if (!object.is_object()) {
    fail_at_line(name(), lines_.line(), fmt::format("expected a JSON object, found {}", object.type_name()));
  }
  return true;
}

}  // namespace fbert
