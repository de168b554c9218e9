#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/bench/results.h"

namespace fbert {

// Counters of the system and of this process that only grow.
struct NoiseCounters {
  double busy_seconds = 0;    // of the CPUs that this process may use, all programs together
  double stolen_seconds = 0;  // of these CPUs, by the hypervisor
  double own_seconds = 0;     // of this process, all threads
  int64_t switches = 0;       // involuntary
  int64_t throttled_periods = 0;
  int64_t thermal_events = 0;
};

// `root` is where /proc and /sys are looked up. What the system does not say is 0.
NoiseCounters read_noise_counters(const std::filesystem::path& root = "/");

// Frequencies of the CPUs now, in MHz; none where the system does not say.
std::vector<double> cpu_frequencies(const std::filesystem::path& root = "/");

// Watches the machine from its construction to finish().
class NoiseWatch {
 public:
  NoiseWatch();

  // To be called now and then between samples: looks at the frequencies, at most twice a second.
  void look();

  BenchNoise finish();

 private:
  using Clock = std::chrono::steady_clock;
  void note_frequencies();

  NoiseCounters start_;
  Clock::time_point start_time_;
  Clock::time_point last_look_;
  std::optional<Interval> mhz_;
};

// What of this deserves a warning: about the machine, and about the spread of samples.
std::vector<std::string> noise_warnings(const BenchNoise& noise, const BenchSystem& system, int threads);
std::vector<std::string> sample_warnings(const BenchReport& report);

}  // namespace fbert
