#include "bench/report.h"

#include <algorithm>
#include <chrono>
#include <string>

#include "bench/noise_gate.h"
#include "bench/peak_probe.h"
#include "kernels/cpu.h"
#include "kernels/kernels.h"

namespace fbert::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kSamples = 15;
constexpr double kSampleSeconds = 2e-3;

double seconds_of(int steps, const std::function<void()>& step) {
  const auto start = Clock::now();
  for (int i = 0; i < steps; ++i) step();
  return std::chrono::duration<double>(Clock::now() - start).count() / steps;
}

// The median time of a step; 0, with the error said, when there was no clean sample.
double gated_median(benchmark::State& state, const std::function<void()>& step) {
  step();
  const double first = seconds_of(1, step);
  const int steps = std::clamp(static_cast<int>(kSampleSeconds / first), 1, 1'000'000);
  const Samples samples = gated_samples(kSamples, [&] { return seconds_of(steps, step); });
  state.counters["clean"] = static_cast<double>(samples.seconds.size());
  state.counters["dropped"] = samples.dropped;
  if (samples.seconds.empty()) {
    state.SkipWithError("the machine was never quiet");
    return 0;
  }
  state.SetIterationTime(samples.median());
  return samples.median();
}

}  // namespace

void measure_gated(benchmark::State& state, double macs, int threads, const std::function<void()>& step) {
  for (auto _ : state) {
    const double seconds = gated_median(state, step);
    if (seconds == 0) return;
    const double gmacs = macs / seconds / 1e9;
    state.counters["GMAC/s"] = gmacs;
    const double peak = noise_gate().peak_gmacs() * threads;
    if (peak > 0) state.counters["peak%"] = 100 * gmacs / peak;
  }
}

void measure_gated_values(benchmark::State& state, double values, const std::function<void()>& step) {
  for (auto _ : state) {
    const double seconds = gated_median(state, step);
    if (seconds > 0) state.counters["ns/value"] = seconds * 1e9 / values;
  }
}

int run_gated(int argc, char** argv) {
  benchmark::AddCustomContext("cpu", kernels::cpu_brand());
  benchmark::AddCustomContext("best table", kernels::best().name);
  benchmark::AddCustomContext("load average", load_average());
  if (const PeakProbe* probe = peak_probe(); probe != nullptr) {
    benchmark::AddCustomContext("peak of a core",
                                std::to_string(noise_gate().peak_gmacs()) + " GMAC/s, " + probe->instruction);
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}

}  // namespace fbert::bench
