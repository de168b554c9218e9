#include "pipelines/batching.h"

#include <algorithm>
#include <numeric>

namespace fbert {
namespace {

// Tokens of a forward pass. Throughput is the same from 128 to 1024 (within 3 %, fbert-mini-sst2 on one Zen 4 core):
// the weights are amortised, and a smaller workspace is kinder to the caches of the other streams.
constexpr int64_t kMaxBatchTokens = 256;

// Below this the weights are no longer amortised, so that spreading few inputs over streams stops here.
constexpr int64_t kMinBatchTokens = 128;

// What a member of a team does of what it would do alone, at least: two threads reach 0.92 to 1, more of them less.
constexpr double kTeamEfficiency = 0.8;

std::vector<TextRange> cut(std::span<const int32_t> lengths, int64_t max_tokens, size_t max_texts) {
  std::vector<TextRange> batches;
  for (size_t i = 0; i < lengths.size(); ++i) {
    const bool fits = !batches.empty() && batches.back().tokens + lengths[i] <= max_tokens &&
                      (max_texts == 0 || i - batches.back().begin < max_texts);
    if (!fits) batches.push_back({.begin = i, .end = i});
    batches.back().end = i + 1;
    batches.back().tokens += lengths[i];
  }
  return batches;
}

// The tokens of the stream that has most of them, when each takes the next batch as soon as it is free.
int64_t busiest_stream(std::span<const TextRange> batches, int threads) {
  std::vector<int64_t> streams(static_cast<size_t>(threads));
  for (const TextRange& batch : batches) *std::min_element(streams.begin(), streams.end()) += batch.tokens;
  return *std::max_element(streams.begin(), streams.end());
}

bool team_is_faster(std::span<const TextRange> streams, int64_t tokens, int threads) {
  // So many batches are shared out evenly.
  if (streams.size() > 4 * static_cast<size_t>(threads)) return false;
  const double team = static_cast<double>(tokens) / (kTeamEfficiency * threads);
  return team < static_cast<double>(busiest_stream(streams, threads));
}

}  // namespace

BatchPlan plan_batches(std::span<const int32_t> lengths, int threads, size_t max_texts) {
  const auto team = [&] { return BatchPlan{.batches = cut(lengths, kMaxBatchTokens, max_texts), .team = true}; };
  if (threads == 1 || lengths.size() < static_cast<size_t>(threads)) return team();
  const int64_t tokens = std::accumulate(lengths.begin(), lengths.end(), int64_t{0});
  const int64_t stream_tokens = std::clamp(tokens / (4 * threads), kMinBatchTokens, kMaxBatchTokens);
  std::vector<TextRange> streams = cut(lengths, stream_tokens, max_texts);
  if (team_is_faster(streams, tokens, threads)) return team();
  return {.batches = std::move(streams), .team = false};
}

PackedBatch pack(const ModelConfig& config, std::span<const std::vector<int32_t>> sequences) {
  PackedBatch batch(config);
  for (const std::vector<int32_t>& ids : sequences) batch.add(ids);
  return batch;
}

}  // namespace fbert
