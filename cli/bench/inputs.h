#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "cli/bench/results.h"
#include "fbert/config.h"

namespace fbert {

// Lengths in tokens and how often each of them comes.
struct LengthShare {
  int32_t length = 0;
  double count = 1;
};

// The sequences of one call: token ids each.
using TokenBatch = std::vector<std::vector<int32_t>>;

// Different batches that calls take in turn. Random ids below `vocab_size`: how long a pass takes does not depend on
// them, but for the rows of the embedding table that they read. The same arguments give the same batches.
std::vector<TokenBatch> random_batches(const BenchSetting& setting, std::span<const LengthShare> lengths,
                                       int32_t vocab_size);

int64_t count_tokens(const TokenBatch& batch);

// The share of positions that would be padding if every sequence of a batch were padded to the longest of it.
double padding_share(std::span<const TokenBatch> batches);

// Floats that a model gives for a batch: the logits, or without a head for classification the hidden states. More than
// 2^31 of a large one.
size_t output_size(const ModelConfig& config, int32_t sequences, int32_t tokens);

}  // namespace fbert
