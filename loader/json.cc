#include "loader/json.h"

#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "fbert/error.h"
#include "loader/atomic_file.h"
#include "loader/folder_files.h"
#include "loader/json_scanner.h"

namespace fbert {
namespace {

constexpr size_t kMaxDepth = 128;

// Builds the value on the way, so that a duplicate key is a failed insertion.
template <typename Value>
class JsonBuilder {
 public:
  JsonBuilder(std::string_view text, std::string source, size_t max_values, JsonRules rules)
      : in_(text, std::move(source), SIZE_MAX, rules), max_values_(max_values), rules_(rules) {}

  Value parse() {
    Value root = value(0);
    in_.end();
    return root;
  }

 private:
  Value value(size_t depth) {
    if (++values_ > max_values_) in_.fail(fmt::format("more than {} values", max_values_));
    switch (in_.peek()) {
      case '{':
        return object(depth + 1);
      case '[':
        return array(depth + 1);
      case '"':
        return std::string(in_.string());
      case 't':
        in_.literal("true");
        return true;
      case 'f':
        in_.literal("false");
        return false;
      case 'n':
        in_.literal("null");
        return nullptr;
      case 'N':
      case 'I':
        if (rules_ != JsonRules::kPython) in_.fail_expected("a value");
        [[fallthrough]];
      case '-':
      case '0':
      case '1':
      case '2':
      case '3':
      case '4':
      case '5':
      case '6':
      case '7':
      case '8':
      case '9':
        return std::visit([](auto number) { return Value(number); }, in_.number());
      default:
        in_.fail_expected("a value");
    }
  }

  void check_depth(size_t depth) const {
    if (depth > kMaxDepth) in_.fail(fmt::format("more than {} levels", kMaxDepth));
  }

  Value object(size_t depth) {
    check_depth(depth);
    typename Value::object_t members;
    for (bool more = in_.begin('{', '}'); more; more = in_.next('}')) {
      const size_t position = in_.position();
      const auto [member, inserted] = members.emplace(std::string(in_.key()), nullptr);
      const bool is_strict = rules_ != JsonRules::kPython;
      if (!inserted && is_strict) in_.fail_at(position, fmt::format("duplicate key {}", escaped(member->first)));
      Value item = value(depth);
      member->second = inserted || member->second == item ? std::move(item) : of_several(std::move(item));
    }
    return members;
  }

  static Json of_several(Json) { return Json::binary({}); }
  static nlohmann::ordered_json of_several(nlohmann::ordered_json last) { return last; }

  Value array(size_t depth) {
    check_depth(depth);
    typename Value::array_t items;
    for (bool more = in_.begin('[', ']'); more; more = in_.next(']')) items.push_back(value(depth));
    return items;
  }

  JsonScanner in_;
  size_t max_values_;
  JsonRules rules_;
  size_t values_ = 0;
};

const char* non_finite(double value) {
  if (std::isnan(value)) return "NaN";
  return value > 0 ? "Infinity" : "-Infinity";
}

std::string describe(const Json& value) {
  if (value.is_string()) return fmt::format("the string {}", escaped(value.get_ref<const std::string&>(), 40));
  if (value.is_number_float() && !std::isfinite(value.get<double>())) return non_finite(value.get<double>());
  if (value.is_number() || value.is_boolean()) return value.dump();
  if (value.is_binary()) return "several values";
  return value.is_null() ? "null" : fmt::format("an {}", value.type_name());
}

}  // namespace

Json parse_json(std::string_view bytes, std::string_view source, size_t max_values, JsonRules rules) {
  if (bytes.starts_with("\xEF\xBB\xBF")) {
    throw JsonError(source, 0, "a byte order mark, which JSON does not allow");
  }
  return JsonBuilder<Json>(bytes, std::string(source), max_values, rules).parse();
}

nlohmann::ordered_json parse_ordered_json(std::string_view bytes, std::string_view source) {
  return JsonBuilder<nlohmann::ordered_json>(bytes, std::string(source), kMaxJsonValues, JsonRules::kPython).parse();
}

std::string to_python_json(const nlohmann::ordered_json& json) {
  // A dump writes null for them, so strings that no other value can be stand in.
  const std::string mark = "\x01number ";
  const auto stand_in = [&](const auto& self, nlohmann::ordered_json& value) -> void {
    if (value.is_structured()) {
      for (auto& item : value) self(self, item);
    } else if (value.is_number_float() && !std::isfinite(value.template get<double>())) {
      value = mark + non_finite(value.template get<double>());
    }
  };
  nlohmann::ordered_json copy = json;
  stand_in(stand_in, copy);
  std::string text = copy.dump(2);
  for (const char* name : {"NaN", "Infinity", "-Infinity"}) {
    const std::string written = fmt::format("\"\\u0001number {}\"", name);
    for (size_t at = text.find(written); at != std::string::npos; at = text.find(written, at)) {
      text.replace(at, written.size(), name);
    }
  }
  return text;
}

Json load_json(const std::filesystem::path& path, size_t max_bytes, size_t max_values) {
  return parse_json(read_file(path, max_bytes), path.string(), max_values);
}

Json load_json(const FolderFiles& folder, const std::string& name, size_t max_bytes, size_t max_values) {
  return parse_json(folder.text(name, max_bytes), folder.path_of(name).string(), max_values, JsonRules::kPython);
}

JsonObject::JsonObject(const Json& value, std::string source, std::string where)
    : value_(&value), source_(std::move(source)), where_(std::move(where)) {
  if (value.is_object()) return;
  const std::string problem = fmt::format("expected an object, found {}", describe(value));
  throw Error(ErrorCode::kData, where_.empty() ? fmt::format("{}: {}", source_, problem)
                                               : fmt::format("{}: key {}: {}", source_, escaped(where_), problem));
}

bool JsonObject::has(std::string_view key) const { return value_->contains(key); }

const Json* JsonObject::find(std::string_view key) const {
  const auto member = value_->find(key);
  if (member == value_->end() || member->is_null()) return nullptr;
  if (member->is_binary()) fail(key, "given several times, with different values");
  return &*member;
}

const Json& JsonObject::at(std::string_view key) const {
  const Json* member = find(key);
  if (member == nullptr) fail(key, has(key) ? "null" : "missing");
  return *member;
}

int64_t JsonObject::integer(std::string_view key, int64_t min, int64_t max) const {
  const Json& member = at(key);
  // An unsigned value above INT64_MAX would turn negative if it were asked for as signed.
  const bool fits = member.is_number_integer() && (!member.is_number_unsigned() || member.get<uint64_t>() <= INT64_MAX);
  if (fits && member.get<int64_t>() >= min && member.get<int64_t>() <= max) return member.get<int64_t>();
  fail(key, fmt::format("expected an integer from {} to {}, found {}", min, max, describe(member)));
}

double JsonObject::number(std::string_view key) const {
  const Json& member = at(key);
  if (!member.is_number() || !std::isfinite(member.get<double>())) {
    fail(key, fmt::format("expected a number, found {}", describe(member)));
  }
  return member.get<double>();
}

bool JsonObject::boolean(std::string_view key) const {
  const Json& member = at(key);
  if (!member.is_boolean()) fail(key, fmt::format("expected true or false, found {}", describe(member)));
  return member.get<bool>();
}

std::string JsonObject::string(std::string_view key) const {
  const Json& member = at(key);
  if (!member.is_string()) fail(key, fmt::format("expected a string, found {}", describe(member)));
  return member.get<std::string>();
}

JsonObject JsonObject::object(std::string_view key) const { return {at(key), source_, path_of(key)}; }

int64_t JsonObject::integer_or(std::string_view key, int64_t fallback, int64_t min, int64_t max) const {
  return find(key) == nullptr ? fallback : integer(key, min, max);
}

double JsonObject::number_or(std::string_view key, double fallback) const {
  return find(key) == nullptr ? fallback : number(key);
}

bool JsonObject::boolean_or(std::string_view key, bool fallback) const {
  return find(key) == nullptr ? fallback : boolean(key);
}

std::string JsonObject::string_or(std::string_view key, std::string fallback) const {
  return find(key) == nullptr ? std::move(fallback) : string(key);
}

std::string JsonObject::path_of(std::string_view key) const {
  return where_.empty() ? std::string(key) : fmt::format("{}.{}", where_, key);
}

void JsonObject::refuse(std::string_view key, const std::string& problem) const {
  throw Error(ErrorCode::kUnsupported, fmt::format("{}: key {}: {}", source_, escaped(path_of(key)), problem));
}

void JsonObject::fail(std::string_view key, const std::string& problem) const {
  throw Error(ErrorCode::kData, fmt::format("{}: key {}: {}", source_, escaped(path_of(key)), problem));
}

}  // namespace fbert
