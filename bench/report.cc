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

// Samples of the seconds of a step, with the counters that every benchmark has: how many were clean and not, and how
// far the quartiles of the time are apart.
Samples gated_seconds(benchmark::State& state, const PeakProbe* probe, const std::function<void()>& step) {
  step();
  const double first = seconds_of(1, step);
  const int steps = std::clamp(static_cast<int>(kSampleSeconds / first), 1, 1'000'000);
  Samples samples = gated_samples(kSamples, probe, [&] { return seconds_of(steps, step); });
  const auto seconds = [](const Sample& sample) { return sample.seconds; };
  const double median = samples.quantile(0.5, seconds);
  state.counters["clean"] = samples.clean;
  state.counters["dropped"] = samples.dropped;
  state.counters["spread%"] = 100 * (samples.quantile(0.75, seconds) - samples.quantile(0.25, seconds)) / median;
  state.SetIterationTime(median);
  return samples;
}

}  // namespace

void measure_gated(benchmark::State& state, double macs, int threads, const PeakProbe* probe,
                   const std::function<void()>& step) {
  for (auto _ : state) {
    const Samples samples = gated_seconds(state, probe, step);
    const auto gmacs = [macs](const Sample& sample) { return macs / sample.seconds / 1e9; };
    state.counters["GMAC/s"] = samples.quantile(0.5, gmacs);
    if (probe == nullptr) continue;
    state.counters["peak%"] =
        samples.quantile(0.5, [&](const Sample& sample) { return 100 * gmacs(sample) / (sample.gmacs * threads); });
  }
}

void measure_gated(benchmark::State& state, double macs, int threads, const std::function<void()>& step) {
  measure_gated(state, macs, threads, peak_probe(), step);
}

void measure_gated_values(benchmark::State& state, double values, const std::function<void()>& step) {
  for (auto _ : state) {
    const Samples samples = gated_seconds(state, peak_probe(), step);
    state.counters["ns/value"] =
        samples.quantile(0.5, [values](const Sample& sample) { return sample.seconds * 1e9 / values; });
  }
}

int run_gated(int argc, char** argv) {
  benchmark::AddCustomContext("cpu", kernels::cpu_brand());
  benchmark::AddCustomContext("best table", kernels::best().name);
  benchmark::AddCustomContext("load average", load_average());
  if (const PeakProbe* probe = peak_probe(); probe != nullptr) {
    benchmark::AddCustomContext("peak of a core",
                                std::to_string(noise_gate(probe).peak_gmacs()) + " GMAC/s, " + probe->instruction);
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}

}  // namespace fbert::bench
