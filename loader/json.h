#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "loader/json_scanner.h"

namespace fbert {

using Json = nlohmann::json;

// Parses strict RFC 8259 JSON. Rejects, with JsonError (loader/json_scanner.h): syntax errors, a byte order mark,
// invalid UTF-8, lone surrogate escapes, duplicate keys, numbers outside the range of double, more than 128 levels.
// `source` is the file name that messages carry.
//
// A value costs up to some 150 bytes however short its text is, so `max_values` is what bounds memory; more are
// refused.
inline constexpr size_t kMaxJsonValues = 400'000;
Json parse_json(std::string_view bytes, std::string_view source, size_t max_values = kMaxJsonValues,
                JsonUtf8 utf8 = JsonUtf8::kStrict);

// Reads and parses a JSON file of at most `max_bytes`.
Json load_json(const std::filesystem::path& path, size_t max_bytes = size_t{64} << 20,
               size_t max_values = kMaxJsonValues);

// A view of a JSON object whose getters check types and never narrow. Messages name file, key, expected and found.
class JsonObject {
 public:
  // Throws unless `value` is an object. `source` names the file, `where` the key path of the object ("" for the root).
  JsonObject(const Json& value, std::string source, std::string where = "");

  bool has(std::string_view key) const;          // present, null counts as present
  const Json* find(std::string_view key) const;  // nullptr when absent or null
  const Json& at(std::string_view key) const;    // throws when absent or null

  int64_t integer(std::string_view key, int64_t min, int64_t max) const;
  double number(std::string_view key) const;
  bool boolean(std::string_view key) const;
  std::string string(std::string_view key) const;
  JsonObject object(std::string_view key) const;

  // The same with a value for a key that is absent or null.
  int64_t integer_or(std::string_view key, int64_t fallback, int64_t min, int64_t max) const;
  double number_or(std::string_view key, double fallback) const;
  bool boolean_or(std::string_view key, bool fallback) const;
  std::string string_or(std::string_view key, std::string fallback) const;

  const Json& json() const { return *value_; }
  const std::string& source() const { return source_; }
  std::string path_of(std::string_view key) const;  // "quantization_config.format"

  // Throws kData: "<source>: key 'a.b': <problem>".
  [[noreturn]] void fail(std::string_view key, const std::string& problem) const;

 private:
  const Json* value_;
  std::string source_;
  std::string where_;
};

}  // namespace fbert
