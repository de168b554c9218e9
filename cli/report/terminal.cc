#include "cli/report/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "data/format.h"

namespace fbert {
namespace {

constexpr size_t kLeastLine = 16;  // columns of text beside an indent, however narrow the terminal is

// Appends words to lines that begin at column `indent`; the first one has begun already.
class Lines {
 public:
  Lines(std::string& out, size_t indent, size_t columns)
      : out_(out), indent_(indent), room_(std::max(columns > indent ? columns - indent : 0, kLeastLine)) {}

  void add(std::string_view word, bool may_break) {
    const size_t width = display_width(word);
    if (used_ > 0 && used_ + 1 + width <= room_) {
      out_ += ' ';
      ++used_;
    } else if (used_ > 0) {
      begin_line();
    }
    while (may_break && display_width(word) > room_) {
      const size_t size = bytes_that_fit(word, room_);
      out_ += word.substr(0, size);
      begin_line();
      word.remove_prefix(size);
    }
    out_ += word;
    used_ += display_width(word);
  }

 private:
  void begin_line() {
    out_ += '\n' + std::string(indent_, ' ');
    used_ = 0;
  }

  std::string& out_;
  size_t indent_;
  size_t room_;
  size_t used_ = 0;
};

void append_words(Lines& lines, std::string_view text, bool may_break) {
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(' ', begin), text.size());
    if (begin < text.size()) lines.add(text.substr(begin, end - begin), may_break);  // no space at the end
    begin = end + 1;
  }
}

}  // namespace

size_t terminal_columns(int fd) {
  winsize size = {};
  if (::isatty(fd) != 1) return kUnlimited;
  return ::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

bool takes_escapes() {
  const auto value = [](const char* name) {
    const char* text = std::getenv(name);
    return std::string_view(text == nullptr ? "" : text);
  };
  return value("TERM") != "dumb" && value("NO_COLOR").empty();
}

void append_field(std::string& out, std::string_view name, std::string_view value, size_t indent, size_t columns) {
  const std::string shown = terminal_text(name);
  out += shown + std::string(indent - std::min(indent, display_width(shown)), ' ');
  Lines lines(out, indent, columns);
  append_words(lines, terminal_text(value), false);
  out += '\n';
}

void append_paragraph(std::string& out, std::string_view text, size_t indent, size_t columns) {
  out += std::string(indent, ' ');
  Lines lines(out, indent, columns);
  append_words(lines, terminal_text(text), true);
  out += '\n';
}

}  // namespace fbert
