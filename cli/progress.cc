#include "cli/progress.h"

#include <unistd.h>

#include <fmt/format.h>

#include "cli/output.h"

namespace fbert {

Progress::Progress()
    : enabled_(::isatty(STDERR_FILENO) == 1 && ::isatty(STDOUT_FILENO) != 1), start_(Clock::now()), last_(start_) {}

Progress::~Progress() {
  if (shown_) write_message("\r\033[K");
}

void Progress::update(int64_t texts) {
  using std::chrono::milliseconds;
  if (!enabled_) return;
  const Clock::time_point now = Clock::now();
  if (now - last_ < milliseconds(shown_ ? 100 : 500)) return;
  last_ = now;
  shown_ = true;
  const double seconds = std::chrono::duration<double>(now - start_).count();
  write_message(fmt::format("\r\033[K{} texts, {:.0f}/s", texts, static_cast<double>(texts) / seconds));
}

}  // namespace fbert
