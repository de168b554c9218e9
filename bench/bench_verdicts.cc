// Holds the verdicts of `fbert bench` against the truth, for scripts/check_bench_verdicts.sh:
//
//   bench_verdicts FOLDER [REPETITIONS [SECONDS [THREADS]]]
//
// In each repetition the int8 variant is loaded twice, as bench loads two variants, and sampled against itself, then
// against itself with a delay of 3 % after each pass. Prints what was concluded, exit code 1 when too much of it was
// wrong.

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "cli/bench/inputs.h"
#include "cli/bench/sampling.h"
#include "cli/bench/statistics.h"
#include "fbert/model.h"
#include "fbert/quantize.h"

namespace {

using namespace fbert;
using Clock = std::chrono::steady_clock;

constexpr double kDelay = 0.03;

struct Copy {
  Model model;
  Context context;
  std::vector<PackedBatch> batches;
  std::vector<float> logits;

  Copy(const std::string& folder, int threads)
      : model(load_model(folder, {.precision = Precision::kInt8})), context(model, threads) {
    for (const TokenBatch& batch : random_batches({.seq_len = 64}, {}, model.config().vocab_size)) {
      batches.emplace_back(model.config()).add(batch.front());
    }
    logits.resize(static_cast<size_t>(model.config().num_labels()));
  }

  void run(size_t index) { model.forward(batches[index % batches.size()], context, logits); }
};

void spin(double seconds) {
  const auto start = Clock::now();
  while (std::chrono::duration<double>(Clock::now() - start).count() < seconds) {
  }
}

struct Trial {
  BenchRatio ratio;
  BenchSummary first;
};

Trial compare(Copy& first, Copy& second, double delay_seconds, const SamplingPlan& plan) {
  const std::vector<BenchCall> calls = {[&](size_t index) { first.run(index); },
                                        [&](size_t index) {
                                          second.run(index);
                                          if (delay_seconds > 0) spin(delay_seconds);
                                        }};
  const std::vector<Sampled> sampled = sample_interleaved(calls, plan);
  return {compare_rounds(sampled[1].ms, sampled[0].ms, sampled[0].block), summarize(sampled[0].ms, sampled[0].block)};
}

int check(const std::string& folder, int repetitions, double seconds, int threads) {
  SamplingPlan plan{.min_seconds = seconds, .max_warmup_seconds = 0.5};
  int different = 0, slower = 0, pairs = 0, overlaps = 0;
  Interval before{};
  for (int i = 0; i < repetitions; ++i) {
    Copy first(folder, threads);
    Copy second(folder, threads);
    plan.seed = static_cast<uint64_t>(i);
    const Trial same = compare(first, second, 0, plan);
    const Interval mean = same.first.mean_interval;
    const Trial delayed = compare(first, second, kDelay * same.first.p50 / 1e3, plan);
    different += same.ratio.verdict != Verdict::kNotDistinguishable;
    slower += delayed.ratio.verdict == Verdict::kSlower;
    if (i > 0) {
      ++pairs;
      overlaps += mean.low <= before.high && before.low <= mean.high;
    }
    before = mean;
    const auto text = [](const BenchRatio& r) {
      return fmt::format("{:.4f} [{:.4f}, {:.4f}] {}", r.ratio.value, r.ratio.interval.low, r.ratio.interval.high,
                         to_string(r.verdict));
    };
    fmt::print("{:2}  mean [{:.4f}, {:.4f}] ms  itself {}  delayed {}\n", i + 1, mean.low, mean.high, text(same.ratio),
               text(delayed.ratio));
    std::fflush(stdout);
  }
  fmt::print("identical variants called different: {} of {} (at most a tenth)\n", different, repetitions);
  fmt::print("3 % slower called slower: {} of {} (at least nine tenths)\n", slower, repetitions);
  fmt::print("intervals of the mean overlap from run to run: {} of {} (at least nine tenths)\n", overlaps, pairs);
  return 10 * different <= repetitions && 10 * slower >= 9 * repetitions && 10 * overlaps >= 9 * pairs ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "usage: bench_verdicts FOLDER [REPETITIONS [SECONDS [THREADS]]]\n");
    return 2;
  }
  try {
    return check(argv[1], argc > 2 ? std::atoi(argv[2]) : 21, argc > 3 ? std::atof(argv[3]) : 1.0,
                 argc > 4 ? std::atoi(argv[4]) : 1);
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_verdicts: {}\n", error.what());
    return 1;
  }
}
