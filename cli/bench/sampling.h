#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace fbert {

// How long to measure, and how often. All of it holds for each callable by itself.
struct SamplingPlan {
  int64_t samples = 1000;         // at least so many,
  double min_seconds = 3;         // taken for at least so long,
  double max_seconds = 30;        // but no longer than this
  int64_t warmup_runs = 100;      // before them, then until times are stable; 0: none,
  double max_warmup_seconds = 5;  // but no longer than this
  uint64_t seed = 20;             // of the order within rounds
};

// Does the work once, on input number `index`.
using BenchCall = std::function<void(size_t index)>;

struct Sampled {
  std::vector<double> ms;   // in the order of measuring
  size_t block = 1;         // so many in a row were taken in one round
  int64_t warmup_runs = 0;  // done before the first sample
  bool stable = false;      // the warm-up ended because times were stable
  double cpu_seconds = 0;   // of all threads, in the samples
};

// Samples callables side by side. A round goes through all of them in random order and takes a block of samples of
// each, so that whatever the machine does in the meantime happens to all of them alike. The first runs of a block are
// not timed: they bring the callable's data back into the caches. In each round all of them get the same inputs;
// their number counts on from 0. `after_round` is called with the part of the work that is done.
std::vector<Sampled> sample_interleaved(std::span<const BenchCall> calls, const SamplingPlan& plan,
                                        const std::function<void(double fraction)>& after_round = {});

}  // namespace fbert
