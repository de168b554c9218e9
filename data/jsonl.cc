#include "data/jsonl.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "data/text_util.h"
#include "loader/json_scanner.h"

namespace fbert {
namespace {

constexpr std::string_view kWhiteSpace = " \t\r";

Position position_in(std::string_view text, size_t byte, Position begin) {
  const std::string_view before = text.substr(0, byte);
  const auto breaks = static_cast<uint64_t>(std::count(before.begin(), before.end(), '\n'));
  if (breaks == 0) return {begin.line, begin.column + count_characters(before)};
  return {begin.line + breaks, count_characters(before.substr(before.rfind('\n') + 1)) + 1};
}

// Follows the brackets of an object from line to line, without a look at the rest of the grammar.
class JsonNesting {
 public:
  // Whether an object that is open may go on with this line: not with another object where none can stand.
  bool may_go_on_with(std::string_view line) const {
    const size_t begin = line.find_first_not_of(kWhiteSpace);
    if (begin == std::string_view::npos || line[begin] != '{') return true;
    return last_ == ':' || (open_.back() == '[' && (last_ == '[' || last_ == ','));
  }

  // Whether the object is open behind this line. One whose line ends within a string is not: it is malformed.
  bool is_open_after(std::string_view line) {
    bool in_string = false;
    for (size_t i = 0; i < line.size(); ++i) {
      const char c = line[i];
      if (in_string && c == '\\') ++i;
      if (c == '"') in_string = !in_string;
      if (in_string || kWhiteSpace.find(c) != std::string_view::npos) continue;
      last_ = c;
      if (c == '{' || c == '[') open_ += c;
      if ((c == '}' || c == ']') && !open_.empty()) open_.pop_back();
    }
    return !in_string && !open_.empty();
  }

 private:
  std::string open_;  // brackets, the outermost first
  char last_ = '\0';  // byte that is neither white space nor in a string
};

// The usual case, without a look at what is wrong otherwise.
bool is_object(std::string_view line, Json& object) {
  if (line[line.find_last_not_of(kWhiteSpace)] != '}') return false;
  try {
    object = parse_json(line, "", kMaxJsonValues, JsonRules::kAnyBytes);
    return object.is_object();
  } catch (const JsonError&) {
    return false;
  }
}

}  // namespace

Json parse_object(std::string_view text, Position begin, const std::string& source) {
  Json object;
  try {
    object = parse_json(text, "", kMaxJsonValues, JsonRules::kAnyBytes);
  } catch (const JsonError& error) {
    const Position at = position_in(text, error.byte(), begin);
    const std::string where =
        at.line == begin.line ? "" : fmt::format(" (in the object that begins on line {})", begin.line);
    fail_at(source, at, error.problem() + where);
  }
  if (!object.is_object()) {
    const Position at = position_in(text, text.find_first_not_of(" \t\r\n"), begin);
    fail_at(source, at, fmt::format("expected a JSON object, found {}", object.type_name()));
  }
  return object;
}

bool JsonlReader::next_line(std::string_view& line) {
  if (std::exchange(is_held_, false)) {
    line = held_;
    return true;
  }
  return lines_.next(line);
}

bool JsonlReader::next(Json& object) {
  std::string_view line;
  do {
    if (!next_line(line)) return false;
  } while (line.find_first_not_of(kWhiteSpace) == std::string_view::npos);
  begin_ = lines_.line();
  if (is_object(line, object)) return true;
  object = parse_object(whole_object(line), {begin_, 1}, name());
  return true;
}

// The line, or the lines that the object on it takes.
std::string_view JsonlReader::whole_object(std::string_view first_line) {
  JsonNesting nesting;
  if (!nesting.is_open_after(first_line)) return first_line;
  text_ = first_line;
  for (std::string_view line; lines_.next(line);) {
    if (!nesting.may_go_on_with(line)) {
      held_ = line;
      is_held_ = true;
      break;
    }
    if (text_.size() + line.size() > kMaxRecordBytes) {
      fail_at(name(), {begin_, 1}, fmt::format("the object that begins here is longer than {} bytes", kMaxRecordBytes));
    }
    text_.append("\n").append(line);
    if (!nesting.is_open_after(line)) break;
  }
  return text_;
}

}  // namespace fbert
