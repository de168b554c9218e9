#include "cli/bench/inputs.h"

#include <algorithm>
#include <random>

namespace fbert {
namespace {

constexpr size_t kBatchesOfOneLength = 16;
constexpr size_t kBatchesOfLengths = 256;  // enough for the mean length to be that of the file within a few percent

}  // namespace

std::vector<TokenBatch> random_batches(const BenchSetting& setting, std::span<const LengthShare> lengths,
                                       int32_t vocab_size) {
  std::mt19937_64 random(20);
  std::vector<double> weights;
  for (const LengthShare& share : lengths) weights.push_back(share.count);
  std::discrete_distribution<size_t> choose(weights.begin(), weights.end());
  std::uniform_int_distribution<int32_t> id(0, vocab_size - 1);
  std::vector<TokenBatch> batches(setting.seq_len > 0 ? kBatchesOfOneLength : kBatchesOfLengths);
  for (TokenBatch& batch : batches) {
    batch.resize(static_cast<size_t>(setting.batch));
    for (std::vector<int32_t>& ids : batch) {
      ids.resize(static_cast<size_t>(setting.seq_len > 0 ? setting.seq_len : lengths[choose(random)].length));
      std::generate(ids.begin(), ids.end(), [&] { return id(random); });
    }
  }
  return batches;
}

int64_t count_tokens(const TokenBatch& batch) {
  int64_t tokens = 0;
  for (const std::vector<int32_t>& ids : batch) tokens += static_cast<int64_t>(ids.size());
  return tokens;
}

double padding_share(std::span<const TokenBatch> batches) {
  double tokens = 0;
  double positions = 0;
  for (const TokenBatch& batch : batches) {
    size_t longest = 0;
    for (const std::vector<int32_t>& ids : batch) longest = std::max(longest, ids.size());
    tokens += static_cast<double>(count_tokens(batch));
    positions += static_cast<double>(longest * batch.size());
  }
  return positions > 0 ? 1 - tokens / positions : 0;
}

size_t output_size(const ModelConfig& config, int32_t sequences, int32_t tokens) {
  const bool labels = config.classification() != nullptr;
  return static_cast<size_t>(labels ? sequences : tokens) *
         static_cast<size_t>(labels ? config.num_labels() : config.hidden_size);
}

}  // namespace fbert
