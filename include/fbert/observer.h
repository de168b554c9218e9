#pragma once

#include <cstddef>
#include <span>

namespace fbert {

// Kinds of steps of a forward pass. kOther is what lies between products: LayerNorm, quantising, gathering.
enum class Step { kEmbedding, kLinear, kAttention, kOther, kHead };

// What the linear layers of an encoder layer read: query, key and value, the attention output, and the two of the feed
// forward network.
enum class LinearInput { kAttention, kAttentionOutput, kIntermediate, kOutput };

// Who wants to follow a forward pass, step by step: to see where time goes, or what the layers compute. The functions
// are called by the calling thread of forward() when all workers are done with a step; they must not throw. Any may be
// null. Of a large batch they see one part after the other, each of them with all its steps.
struct Observer {
  void* state = nullptr;
  void (*step_done)(void* state, Step step) = nullptr;
  // The residual stream behind the embeddings (layer -1) and behind each layer: (tokens, hidden_size), of the last
  // layer with a head (sequences, hidden_size).
  void (*layer_done)(void* state, int layer, std::span<const float> hidden) = nullptr;
  // What linear layers read next: (tokens, in_features), in the last layer with a head (sequences, in_features) but for
  // kAttention.
  void (*input_ready)(void* state, int layer, LinearInput input, std::span<const float> rows) = nullptr;
};

}  // namespace fbert
