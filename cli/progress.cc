#include "cli/progress.h"

#include <unistd.h>

#include <cstdio>

#include <fmt/format.h>

namespace fbert {

Progress::Progress()
    : enabled_(::isatty(STDERR_FILENO) == 1 && ::isatty(STDOUT_FILENO) != 1), start_(Clock::now()), last_(start_) {}

Progress::~Progress() {
  if (shown_) std::fputs("\r\033[K", stderr);
}

void Progress::update(int64_t texts) {
  using std::chrono::milliseconds;
  if (!enabled_) return;
  const Clock::time_point now = Clock::now();
  if (now - last_ < milliseconds(shown_ ? 100 : 500)) return;
  last_ = now;
  shown_ = true;
  const double seconds = std::chrono::duration<double>(now - start_).count();
  fmt::print(stderr, "\r\033[K{} texts, {:.0f}/s", texts, static_cast<double>(texts) / seconds);
}

}  // namespace fbert
