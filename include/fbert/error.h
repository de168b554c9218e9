#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

#include "fbert/export.h"

namespace fbert {

// The class of a failure. The values are the exit codes of the command line program.
enum class ErrorCode {
  kData = 1,         // bad data or I/O: a file that is missing, malformed or inconsistent
  kUsage = 2,        // an option, argument or environment variable that cannot be honoured
  kUnsupported = 3,  // a model or CPU that fbert does not support
  kCancelled = 4,    // the caller ended the call
  kDeadline = 5,     // the call was not done by its deadline
  kInternal = 70,    // a defect in fbert itself
};

// The one exception type of the library, thrown where bad input is found. The message is one line that names the
// file, the tensor, key or line, what was expected and what was found.
class FBERT_API Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}

  ErrorCode code() const noexcept { return code_; }

 private:
  ErrorCode code_;
};

// An Error about an option that the caller gave: a field of an options struct, or a parameter, by which the message
// names it. A program whose users know it by another name shows message_with() that name.
class OptionError : public Error {
 public:
  // The message is `before`, the name and `after`.
  OptionError(ErrorCode code, const std::string& before, const std::string& name, const std::string& after)
      : Error(code, before + name + after), before_(before), name_(name), after_(after) {}

  const std::string& name() const noexcept { return name_; }
  std::string message_with(const std::string& name) const { return before_ + name + after_; }

 private:
  std::string before_;
  std::string name_;
  std::string after_;
};

// `text` in single quotes, as it may stand inside a one-line message or on a terminal: single quotes, backslashes,
// control and invisible format characters and invalid UTF-8 are written as escapes, and a text of more than
// `max_bytes` is cut with a note of its length.
FBERT_API std::string escaped(std::string_view text, size_t max_bytes = 120);

}  // namespace fbert
