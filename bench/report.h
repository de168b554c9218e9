#pragma once

#include <benchmark/benchmark.h>

#include <functional>

#include "bench/peak_probe.h"

// What the gated benchmarks share: sampling, counters and the head of the report.
namespace fbert::bench {

// Runs `step` in samples of at least two milliseconds and reports the median time of a step over those that count, with
// "clean" and "dropped" samples, the "spread%" between the quartiles, "GMAC/s", and "peak%" of what `threads` cores did
// of `probe` (null: not) beside each sample.
void measure_gated(benchmark::State& state, double macs, int threads, const PeakProbe* probe,
                   const std::function<void()>& step);
// Beside peak_probe().
void measure_gated(benchmark::State& state, double macs, int threads, const std::function<void()>& step);

// The same for work that is not multiplying: "ns/value" instead.
void measure_gated_values(benchmark::State& state, double values, const std::function<void()>& step);

// The main() of a gated program, once its benchmarks are registered.
int run_gated(int argc, char** argv);

}  // namespace fbert::bench
