#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "fbert/error.h"

namespace fbert {

// What is wrong with JSON text, at a byte from 0. what() is "<source>: byte 12: <problem>".
class JsonError : public Error {
 public:
  JsonError(std::string_view source, size_t byte, const std::string& problem);

  size_t byte() const noexcept { return byte_; }
  const std::string& problem() const noexcept { return problem_; }

 private:
  size_t byte_;
  std::string problem_;
};

// What is read beside RFC 8259. kPython: what Python's json module reads, whose programs write the files of models: NaN,
// Infinity and -Infinity are numbers, and a number beyond the range of double is infinite. kAnyBytes: strings may hold
// what is not UTF-8, which is kept as it is.
enum class JsonRules { kStrict, kPython, kAnyBytes };

// Reads JSON text token by token, for parsers that know the grammar they expect.
//
// It exists beside nlohmann::json because that lexer copies every token and every run of white space twice: refusing a
// hostile 100 MB header costs it several hundred MB. This one copies only strings that hold escapes, and a caller can
// bound those.
//
// Every failure throws JsonError with kData: "<prefix>: byte <n>: <context>: expected ..., found ...".
class JsonScanner {
 public:
  // `text` must outlive the scanner. A string of more than `max_string_bytes` is refused.
  JsonScanner(std::string_view text, std::string prefix, size_t max_string_bytes = SIZE_MAX,
              JsonRules rules = JsonRules::kStrict);

  // What the message calls the value that is read now: "tensor 'x': 'shape'". The views must stay valid.
  void set_context(std::string_view kind, std::string_view name, std::string_view key);
  void clear_context();

  char peek();  // the first byte of the next token, '\0' at the end
  void end();   // throws unless only white space is left

  // Arrays and objects: for (bool more = in.begin('[', ']'); more; more = in.next(']')) ...
  bool begin(char open, char close);  // false when nothing stands between the two
  bool next(char close);              // true after a comma

  // A decoded string, valid until the next string is read.
  std::string_view string();
  // A string and the colon behind it.
  std::string_view key();
  // Integers keep their 64 bits: uint64_t from zero up, int64_t below. double with a fraction or an exponent, and for
  // integers that need more bits. A number too small for double is zero.
  std::variant<uint64_t, int64_t, double> number();
  uint64_t unsigned_integer();
  // Reads `word` (true, false, null).
  void literal(std::string_view word);

  size_t position() const { return position_; }
  [[noreturn]] void fail(const std::string& problem) const { fail_at(position_, problem); }
  [[noreturn]] void fail_at(size_t position, const std::string& problem) const;
  [[noreturn]] void fail_expected(std::string_view expected) const;

 private:
  void skip_white_space();
  std::string_view string_with_escapes(size_t begin);
  uint32_t escape();
  uint32_t hex4();
  bool take(std::string_view word);
  size_t check_sequence() const;

  std::string_view text_;
  size_t position_ = 0;
  std::string prefix_;
  size_t max_string_bytes_;
  JsonRules rules_;
  std::string_view kind_, name_, key_;
  std::string decoded_;
};

}  // namespace fbert
