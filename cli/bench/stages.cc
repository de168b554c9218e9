#include "cli/bench/stages.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>

#include "pipelines/batching.h"
#include "pipelines/encode.h"

namespace fbert {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kMostRuns = 200;
constexpr double kSeconds = 0.5;
constexpr int kWarmUpRuns = 3;

double ms_between(Clock::time_point start, Clock::time_point end) {
  return std::chrono::duration<double, std::milli>(end - start).count();
}

struct StepClock {
  Clock::time_point last;
  std::array<double, 5> ms{};  // by Step

  void take(Step step) {
    const auto now = Clock::now();
    ms[static_cast<size_t>(step)] += ms_between(last, now);
    last = now;
  }
};

// Calls run(i) until there are enough runs or time is up; returns how many there were.
template <typename Run>
int repeat(const Run& run) {
  const auto start = Clock::now();
  int runs = 0;
  while (runs < kMostRuns && (runs < 3 || ms_between(start, Clock::now()) < kSeconds * 1e3)) run(runs++);
  return runs;
}

void measure_forward(const Model& model, std::span<const TokenBatch> batches, int threads, BenchStages& stages) {
  std::vector<PackedBatch> packed;
  for (const TokenBatch& batch : batches) packed.push_back(pack(model.config(), batch));
  Context context(model, threads);
  StepClock clock;
  context.observe(
      {.state = &clock, .step_done = [](void* state, Step step) { static_cast<StepClock*>(state)->take(step); }});
  const bool labels = model.config().classification() != nullptr;
  std::vector<float> output;
  const auto run = [&](int i) {
    const PackedBatch& batch = packed[static_cast<size_t>(i) % packed.size()];
    output.resize(output_size(model.config(), batch.sequences(), batch.tokens()));
    clock.last = Clock::now();
    if (labels) {
      model.forward(batch, context, output);
    } else {
      model.hidden_states(batch, context, output);
    }
    clock.take(Step::kOther);
  };
  for (int i = 0; i < kWarmUpRuns; ++i) run(i);
  clock.ms = {};
  const double runs = repeat(run);
  const auto per_run = [&](Step step) { return clock.ms[static_cast<size_t>(step)] / runs; };
  stages.embedding = per_run(Step::kEmbedding);
  stages.linear = per_run(Step::kLinear);
  stages.attention = per_run(Step::kAttention);
  stages.other = per_run(Step::kOther);
  stages.head = per_run(Step::kHead);
}

std::vector<TextInput> texts_of(const Tokenizer& tokenizer, const TokenBatch& batch) {
  std::vector<TextInput> texts;
  for (const std::vector<int32_t>& ids : batch) texts.push_back({.text = tokenizer.decode(ids)});
  return texts;
}

double measure_tokenizer(const Tokenizer& tokenizer, std::span<const TokenBatch> batches,
                         std::span<const std::vector<TextInput>> texts) {
  std::vector<std::vector<TextInput>> made;
  for (size_t i = 0; texts.empty() && i < batches.size(); ++i) made.push_back(texts_of(tokenizer, batches[i]));
  if (texts.empty()) texts = made;
  Encoding encoding;
  double ms = 0;
  const double runs = repeat([&](int i) {
    const size_t number = static_cast<size_t>(i) % texts.size();
    const auto start = Clock::now();
    for (size_t row = 0; row < texts[number].size(); ++row) {
      const TextInput& input = texts[number][row];
      const EncodeOptions options{.max_length = std::max(static_cast<int32_t>(batches[number][row].size()), 3)};
      encode_into(tokenizer, view_of(input), options, encoding);
    }
    ms += ms_between(start, Clock::now());
  });
  return ms / runs;
}

}  // namespace

BenchStages measure_stages(const Model& model, const Tokenizer* tokenizer, std::span<const TokenBatch> batches,
                           std::span<const std::vector<TextInput>> texts, int threads) {
  BenchStages stages;
  measure_forward(model, batches, threads, stages);
  stages.tokenize =
      tokenizer != nullptr ? measure_tokenizer(*tokenizer, batches, texts) : std::numeric_limits<double>::quiet_NaN();
  return stages;
}

}  // namespace fbert
