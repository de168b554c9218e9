#include "cli/bench/sampling.h"

#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "data/clock.h"
#include "metrics/statistics.h"

namespace fbert {
namespace {

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double timed_ms(const BenchCall& call, size_t index) {
  const auto start = Clock::now();
  call(index);
  return seconds_since(start) * 1e3;
}

// The times are stable when the medians of two windows of runs in a row differ by less than this.
constexpr double kStable = 0.01;
constexpr size_t kWindow = 20;

// Returns the median time of a run, in seconds.
double warm_up(const BenchCall& call, const SamplingPlan& plan, Sampled& sampled) {
  std::vector<double> times;
  const auto start = Clock::now();
  const auto recent = [&](size_t skip) { return median(std::span(times).last(kWindow * (skip + 1)).first(kWindow)); };
  const auto enough = [&] { return static_cast<int64_t>(times.size()) >= plan.warmup_runs; };
  do {
    times.push_back(timed_ms(call, times.size()));
    const bool whole_window = times.size() % kWindow == 0 && times.size() >= 2 * kWindow;
    if (enough() && whole_window) sampled.stable = std::abs(recent(0) / recent(1) - 1) < kStable;
  } while (plan.warmup_runs > 0 && !sampled.stable && seconds_since(start) < plan.max_warmup_seconds);
  sampled.warmup_runs = static_cast<int64_t>(times.size());
  return median(std::span(times).last(std::min(times.size(), kWindow))) / 1e3;
}

// Samples taken in a row: for some milliseconds, because shorter ones would mostly see the caches as the callable
// before left them; but in enough rounds for their means to be a sample of what the machine does.
constexpr double kBlockSeconds = 0.010;
constexpr double kLeastRounds = 60;
constexpr double kMostBlock = 64;

size_t block_size(double run_seconds, const SamplingPlan& plan) {
  const double most_samples = std::max(plan.max_seconds / run_seconds, 1.0);
  const double samples =
      std::min(std::max(static_cast<double>(plan.samples), plan.min_seconds / run_seconds), most_samples);
  const double block = std::min(std::ceil(kBlockSeconds / run_seconds), kMostBlock);
  return static_cast<size_t>(std::clamp(samples / kLeastRounds, 1.0, std::max(block, 4.0)));
}

// Untimed runs at the start of a block: for a millisecond, by which time the threads of the callable before have
// stopped waiting for more work.
constexpr double kSettleSeconds = 0.001;
size_t settling_runs(double run_seconds) {
  return static_cast<size_t>(std::clamp(std::ceil(kSettleSeconds / run_seconds), 1.0, 16.0));
}

struct Sampler {
  const BenchCall* call = nullptr;
  Sampled sampled{};
  size_t settling = 1;
  double seconds = 0;  // in samples

  void take_block(size_t first_index) {
    for (size_t i = 0; i < settling; ++i) (*call)(first_index + i % sampled.block);
    const double cpu = cpu_seconds();
    for (size_t i = 0; i < sampled.block; ++i) {
      sampled.ms.push_back(timed_ms(*call, first_index + i));
      seconds += sampled.ms.back() / 1e3;
    }
    sampled.cpu_seconds += cpu_seconds() - cpu;
  }

  // How much of the work is done, 1 at its end.
  double fraction(const SamplingPlan& plan) const {
    const double wanted = std::min(static_cast<double>(sampled.ms.size()) / static_cast<double>(plan.samples),
                                   plan.min_seconds > 0 ? seconds / plan.min_seconds : 1.0);
    return std::max(wanted, seconds / plan.max_seconds);
  }
};

}  // namespace

std::vector<Sampled> sample_interleaved(std::span<const BenchCall> calls, const SamplingPlan& plan,
                                        const std::function<void(double fraction)>& after_round) {
  std::vector<Sampler> samplers(calls.size());
  size_t block = SIZE_MAX;
  for (size_t i = 0; i < calls.size(); ++i) {
    samplers[i].call = &calls[i];
    const double run_seconds = std::max(warm_up(calls[i], plan, samplers[i].sampled), 1e-9);
    samplers[i].settling = settling_runs(run_seconds);
    block = std::min(block, block_size(run_seconds, plan));
  }
  for (Sampler& sampler : samplers) sampler.sampled.block = block;

  std::mt19937_64 random(plan.seed);
  std::vector<size_t> order(samplers.size());
  std::iota(order.begin(), order.end(), size_t{0});
  for (size_t round = 0;; ++round) {
    std::shuffle(order.begin(), order.end(), random);
    for (const size_t i : order) samplers[i].take_block(round * block);
    double fraction = 1;
    for (const Sampler& sampler : samplers) fraction = std::min(fraction, sampler.fraction(plan));
    if (after_round) after_round(fraction);
    if (fraction >= 1) break;
  }

  std::vector<Sampled> out;
  for (Sampler& sampler : samplers) out.push_back(std::move(sampler.sampled));
  return out;
}

}  // namespace fbert
