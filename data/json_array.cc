#include "data/json_array.h"

#include <fmt/format.h>

namespace fbert {
namespace {

Json array_of(Json file, std::string_view key, const std::string& name) {
  const auto fail = [&](const std::string& problem) { throw Error(ErrorCode::kData, name + ": " + problem); };
  if (file.is_array()) return file;
  if (!file.is_object()) fail(fmt::format("expected an array of objects, found {}", file.type_name()));
  const auto found = file.find(key);
  if (found == file.end() || !found->is_array()) {
    std::string known;
    for (const auto& item : file.items()) {
      if (item.value().is_array() && known.size() < 200) known += (known.empty() ? "" : ", ") + escaped(item.key(), 40);
    }
    const std::string there = "; there is " + (known.empty() ? "none" : known);
    if (key.empty()) throw OptionError(ErrorCode::kData, name + ": no array of rows chosen (", "json_key", ")" + there);
    fail(fmt::format("no array of rows {}{}", escaped(key), there));
  }
  return std::move(*found);
}

}  // namespace

JsonArrayReader::JsonArrayReader(Input input, std::string_view key) : name_(input.name()) {
  objects_ =
      array_of(parse_json(read_all(input, kMaxBytes, "; JSONL has no such limit"), name_, kMaxValues, JsonRules::kAnyBytes),
               key, name_);
}

bool JsonArrayReader::next(Json& object) {
  if (next_ == objects_.size()) return false;
  Json& value = objects_[next_++];
  if (!value.is_object()) fail_at_entry(name_, next_, fmt::format("expected an object, found {}", value.type_name()));
  object = std::move(value);
  return true;
}

double JsonArrayReader::fraction() const {
  return objects_.empty() ? 1 : static_cast<double>(next_) / static_cast<double>(objects_.size());
}

void fail_at_entry(const std::string& source, uint64_t entry, const std::string& problem) {
  throw RowError(ErrorCode::kData, fmt::format("{}: entry {}: {}", source, entry, problem));
}

}  // namespace fbert
