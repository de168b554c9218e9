#pragma once

#include <string>
#include <string_view>

#include "data/input.h"
#include "loader/json.h"

namespace fbert {

// Whether a text begins with a JSON array.
bool begins_json_array(std::string_view head);

// The objects of a JSON array, read one after another, in memory that does not grow with their number. Strings may hold
// ill-formed UTF-8. Throws RowError with line and column for an item that is no object, and goes on behind it; kData
// for an array that is never closed, and for what stands behind it.
class JsonItemReader {
 public:
  explicit JsonItemReader(Input input) : input_(std::move(input)) {}

  // False at the end of the array.
  bool next(Json& object);

  uint64_t line() const { return begin_.line; }  // on which the last object begins
  const std::string& name() const { return input_.name(); }
  std::optional<double> fraction() const { return input_.fraction(); }

 private:
  bool fill();  // false at the end of the input
  char peek();  // the next byte that is no white space, '\0' at the end
  void consume(size_t size);
  void read_item();
  void end();
  [[noreturn]] void fail(Position position, const std::string& problem) const;

  Input input_;
  std::string_view chunk_;
  std::string text_;  // of the item
  Position here_{1, 1};
  Position begin_{1, 1};  // of the item
  bool started_ = false;
  bool ended_ = false;
};

}  // namespace fbert
