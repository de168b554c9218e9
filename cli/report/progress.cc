#include "cli/report/progress.h"

#include <unistd.h>

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "cli/output.h"
#include "cli/report/terminal.h"

namespace fbert {
namespace {

constexpr size_t kMostBar = 30;  // characters, without its brackets
constexpr size_t kLeastBar = 8;

std::string duration(double seconds) {
  const auto whole = static_cast<int64_t>(std::min(seconds, 1e9) + 0.5);
  if (whole >= 3600) return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
  return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

std::string bar(double fraction, size_t size) {
  const auto full = static_cast<size_t>(fraction * static_cast<double>(size));
  return '[' + std::string(full, '#') + std::string(size - full, '.') + "]";
}

// As many of the parts as fit, the first ones before the others.
std::string joined(const std::vector<std::string>& parts, size_t columns) {
  std::string line;
  for (const std::string& part : parts) {
    const std::string with = line.empty() ? part : line + "  " + part;
    if (with.size() > columns) break;
    line = with;
  }
  return line;
}

}  // namespace

std::string progress_line(const ProgressState& state, size_t columns) {
  const double rate = static_cast<double>(state.done) / std::max(state.seconds, 1e-9);
  std::vector<std::string> parts;
  if (state.fraction) {
    const double fraction = std::clamp(*state.fraction, 0.0, 1.0);
    parts.push_back(fmt::format("{:3.0f} %", std::min(100 * fraction, 99.0)));
    if (fraction > 0) parts.push_back("ETA " + duration(state.seconds * (1 - fraction) / fraction));
  }
  parts.push_back(fmt::format("{} {}", state.done, state.unit));
  if (rate >= 0.05) parts.push_back(fmt::format("{:.{}f}/s", rate, rate < 10 ? 1 : 0));
  const std::string line = joined(parts, columns);
  if (!state.fraction || line.size() + kLeastBar + 3 > columns) return line;
  const size_t size = std::min(kMostBar, columns - line.size() - 3);
  return bar(std::clamp(*state.fraction, 0.0, 1.0), size) + ' ' + line;
}

Progress::Progress(bool results_meanwhile, const char* unit)
    : enabled_(::isatty(STDERR_FILENO) == 1 && takes_escapes() && !(results_meanwhile && ::isatty(STDOUT_FILENO) == 1)),
      unit_(unit),
      start_(Clock::now()),
      last_(start_) {}

Progress::~Progress() {
  if (shown_) write_message("\r\033[K");
}

void Progress::update(int64_t done, std::optional<double> fraction) {
  using std::chrono::milliseconds;
  if (!enabled_) return;
  const Clock::time_point now = Clock::now();
  if (now - last_ < milliseconds(shown_ ? 100 : 500)) return;
  last_ = now;
  shown_ = true;
  const double seconds = std::chrono::duration<double>(now - start_).count();
  const ProgressState state{.done = done, .fraction = fraction, .seconds = seconds, .unit = unit_};
  write_message("\r\033[K" + progress_line(state, terminal_columns(STDERR_FILENO) - 1));  // a full line would wrap
}

}  // namespace fbert
