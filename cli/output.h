#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace fbert {

// Thrown when the reader of standard output has gone (`fbert ... | head -1`): the program ends quietly.
struct OutputClosed {};

// Standard output in whole lines: append them to text(), then flush(). SIGINT or SIGTERM during a flush ends the
// program after it, so that no line is torn.
class Output {
 public:
  std::string& text() { return text_; }

  // Writes and clears text(). Throws OutputClosed, or kData with the system's reason (disk full).
  void flush();

 private:
  std::string text_;
};

// To standard output, as Output does.
void write_result(std::string text);

// The same after `write_files`, which comes first because whoever reads standard output may have gone. What it throws
// it throws after `text` is printed: a full disk must not cost the result too.
void write_result(std::string text, const std::function<void()>& write_files);

// To standard error. Never fails: a message that cannot be written must not change what the program does.
void write_message(std::string_view text);

// Thrown by SignalsHeld::check().
struct Interrupted {
  int signal = 0;
};

// While it lives, the first SIGINT, SIGTERM or SIGHUP does not end the program, so that what is half written can be
// removed by those who wrote it; a second one does.
class SignalsHeld {
 public:
  SignalsHeld();
  SignalsHeld(const SignalsHeld&) = delete;
  SignalsHeld& operator=(const SignalsHeld&) = delete;
  ~SignalsHeld();

  // Throws Interrupted after a signal. Any thread may call it.
  void check() const;
};

// To be called first in main(). A standard stream that is closed is replaced by one that fails when it is used, so that
// no file opened later takes its number; SIGPIPE and SIGXFSZ become errors of write(); SIGINT, SIGTERM and SIGHUP end
// the program with 128 + the signal's number, unless the parent had them ignored.
void prepare_streams_and_signals();

}  // namespace fbert
