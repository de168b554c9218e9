#include "data/json_items.h"

#include <fmt/format.h>

#include <algorithm>

#include "data/jsonl.h"
#include "data/text_util.h"

namespace fbert {
namespace {

constexpr std::string_view kJsonSpace = " \t\r\n";

// Where an item ends: at a comma or bracket outside of all strings and brackets of its own.
class ItemEnd {
 public:
  enum class Found { kNothing, kEnd, kBreakInString };

  Found look_at(char c) {
    if (in_string_) {
      if (c == '\n') return Found::kBreakInString;
      if (c == '"' && !escaped_) in_string_ = false;
      escaped_ = c == '\\' && !escaped_;
      return Found::kNothing;
    }
    if (depth_ == 0 && (c == ',' || c == ']')) return Found::kEnd;
    in_string_ = c == '"';
    if (c == '{' || c == '[') ++depth_;
    if ((c == '}' || c == ']') && depth_ > 0) --depth_;
    return Found::kNothing;
  }

 private:
  size_t depth_ = 0;
  bool in_string_ = false;
  bool escaped_ = false;
};

}  // namespace

bool begins_json_array(std::string_view head) {
  const size_t begin = head.find_first_not_of(kJsonSpace);
  return begin != std::string_view::npos && head[begin] == '[';
}

void JsonItemReader::fail(Position position, const std::string& problem) const {
  throw Error(ErrorCode::kData, at_position(name(), position, problem));
}

bool JsonItemReader::fill() {
  if (chunk_.empty()) chunk_ = input_.next_chunk();
  return !chunk_.empty();
}

void JsonItemReader::consume(size_t size) {
  const std::string_view bytes = chunk_.substr(0, size);
  for (const char c : bytes) {
    if (c == '\n') {
      ++here_.line;
      here_.column = 1;
    } else {
      here_.column += count_characters({&c, 1});
    }
  }
  chunk_.remove_prefix(size);
}

char JsonItemReader::peek() {
  while (fill()) {
    const size_t begin = std::min(chunk_.find_first_not_of(kJsonSpace), chunk_.size());
    consume(begin);
    if (!chunk_.empty()) return chunk_.front();
  }
  return '\0';
}

bool JsonItemReader::next(Json& object) {
  if (ended_) return false;
  const bool is_first = !started_;
  started_ = true;
  if (peek() == '\0') fail(here_, "the array that begins this file is never closed");
  if (!is_first && chunk_.front() == ']') {
    end();
    return false;
  }
  consume(1);  // the bracket that opens the array, or a comma
  if (peek() == ']' && is_first) {
    end();
    return false;
  }
  read_item();
  if (text_.find_first_not_of(kJsonSpace) == std::string::npos) {
    fail(here_, fmt::format("expected an object, found '{}'", chunk_.front()));
  }
  object = parse_object(text_, begin_, name());
  return true;
}

void JsonItemReader::read_item() {
  text_.clear();
  begin_ = here_;
  ItemEnd item_end;
  while (fill()) {
    ItemEnd::Found found = ItemEnd::Found::kNothing;
    size_t size = 0;
    while (size < chunk_.size() && (found = item_end.look_at(chunk_[size])) == ItemEnd::Found::kNothing) ++size;
    if (text_.size() + size > kMaxRecordBytes) {
      fail(begin_, fmt::format("the item that begins here is longer than {} bytes", kMaxRecordBytes));
    }
    text_ += chunk_.substr(0, size);
    consume(size);
    if (found == ItemEnd::Found::kEnd) return;
    if (found == ItemEnd::Found::kBreakInString) fail(here_, "a line break in a string; is a quote not closed?");
  }
  fail(begin_, "the array ends within the item that begins here: the file is cut");
}

void JsonItemReader::end() {
  consume(1);
  if (peek() != '\0' || fill()) fail(here_, "expected nothing behind the end of the array");
  ended_ = true;
}

}  // namespace fbert
