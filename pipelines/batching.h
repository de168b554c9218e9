#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "fbert/batch.h"
#include "fbert/config.h"

namespace fbert {

// A forward pass over the texts [begin, end) of a list.
struct TextRange {
  size_t begin = 0;
  size_t end = 0;
  int64_t tokens = 0;
};

// How a list of texts is computed: `team`, one batch after the other, each by all threads; or each batch by one thread.
struct BatchPlan {
  std::vector<TextRange> batches;
  bool team = false;
};

// `lengths` are those of the texts in tokens, longest first: the batches that take longest start first, and the short
// ones fill the gaps at the end. `max_texts` is the most in a batch; 0: by tokens alone.
BatchPlan plan_batches(std::span<const int32_t> lengths, int threads, size_t max_texts = 0);

// Sequences of ids, without types, as one batch.
PackedBatch pack(const ModelConfig& config, std::span<const std::vector<int32_t>> sequences);

}  // namespace fbert
