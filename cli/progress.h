#pragma once

#include <chrono>
#include <cstdint>

namespace fbert {

// One line on standard error that counts what is done, rewritten in place and removed at the end. Shown only where
// standard error is a terminal and standard output is not, and only for work that takes a while.
class Progress {
 public:
  Progress();
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void update(int64_t texts);

 private:
  using Clock = std::chrono::steady_clock;

  bool enabled_;
  bool shown_ = false;
  Clock::time_point start_;
  Clock::time_point last_;
};

}  // namespace fbert
