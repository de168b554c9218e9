#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace fbert {

// How far a long piece of work is.
struct ProgressState {
  int64_t done = 0;                // of `unit`
  std::optional<double> fraction;  // of all the work, in [0, 1]; absent where nobody knows
  double seconds = 0;              // since the start
  const char* unit = "texts";
};

// One line of at most `columns` characters: a bar with the time that is left where the fraction is known, "45 %", count
// and rate. What does not fit is left out, the bar first.
std::string progress_line(const ProgressState& state, size_t columns);

// A line on standard error that shows how far the work is, rewritten in place and removed at the end. Shown only where
// standard error is a terminal that takes escapes (and, where results are written meanwhile, standard output is not),
// and only for work that takes a while.
class Progress {
 public:
  // `results_meanwhile`: the command writes to standard output while it works.
  explicit Progress(bool results_meanwhile, const char* unit = "texts");
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void update(int64_t done, std::optional<double> fraction = {});

 private:
  using Clock = std::chrono::steady_clock;

  bool enabled_;
  const char* unit_;
  bool shown_ = false;
  Clock::time_point start_;
  Clock::time_point last_;
};

}  // namespace fbert
