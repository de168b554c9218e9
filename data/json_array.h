#pragma once

#include <string>
#include <string_view>

#include "data/input.h"
#include "loader/json.h"

namespace fbert {

// The objects of a JSON file that is one array of them, or an object of such arrays by name (AdvGLUE). Unlike the other
// readers it holds the file in memory: at most kMaxBytes and kMaxValues.
class JsonArrayReader {
 public:
  static constexpr size_t kMaxBytes = size_t{256} << 20;
  static constexpr size_t kMaxValues = 10'000'000;

  // `key` chooses among several arrays and is not looked at when the file is one. Throws kData for another form.
  JsonArrayReader(Input input, std::string_view key);

  // False at the end. Throws kData with the number of the entry when it is no object.
  bool next(Json& object);

  uint64_t entry() const { return next_; }  // number of the last object, from 1
  const std::string& name() const { return name_; }
  double fraction() const;  // of the objects

 private:
  std::string name_;
  Json objects_;
  size_t next_ = 0;
};

// Throws RowError: "<source>: entry 12: <problem>".
[[noreturn]] void fail_at_entry(const std::string& source, uint64_t entry, const std::string& problem);

}  // namespace fbert
