#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "engine/attention.h"
#include "engine/weights.h"

namespace fbert {

// The weights that a product fetches into the caches while it multiplies with its own.
struct Fetch {
  std::array<const Linear*, 3> next{};  // the products that follow
  size_t next_count = 0;
  const Linear* later = nullptr;  // see LinearJob

  std::span<const Linear* const> following() const { return {next.data(), next_count}; }
};

struct LayerFetches {
  Fetch qkv, attention_output, intermediate, output;
};

// What the products of layer `index` fetch. `last_layer`: what the last layer computes.
LayerFetches fetches_of(const ModelWeights& weights, size_t index, Queries last_layer) noexcept;

}  // namespace fbert
