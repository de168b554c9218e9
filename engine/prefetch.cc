#include "engine/prefetch.h"

namespace fbert {

LayerFetches fetches_of(const ModelWeights& weights, size_t index, Queries last_layer) noexcept {
  const LayerWeights& layer = weights.layers[index];
  LayerFetches fetches{.qkv = {{&layer.attention_output}, 1},
                       .attention_output = {{&layer.intermediate}, 1},
                       .intermediate = {{&layer.output}, 1},
                       .output = {}};
  const size_t layers_after = weights.layers.size() - 1 - index;
  if (layers_after > 0) {
    const LayerWeights& next = weights.layers[index + 1];
    fetches.output = {{&next.query, &next.key, &next.value}, 3};
  }
  if (last_layer == Queries::kAll) return fetches;

  // The weights that single rows will be multiplied with, in the last layer and in the head: such a product waits for
  // its weights and has nothing to do meanwhile. They stay in a last-level cache of two layers or more. The head's come
  // beside the intermediate product, which reads as many bytes where intermediate_size is four times hidden_size, and
  // one layer earlier, because there is no room beside the last layer's own.
  const LayerWeights& last = weights.layers.back();
  if (layers_after == 1) {
    fetches.qkv.later = &last.query;
    fetches.attention_output.later = &last.attention_output;
    fetches.intermediate.later = &last.intermediate;
    fetches.output.later = &last.output;
  } else if (layers_after == 2 && weights.head) {
    fetches.intermediate.later = &weights.head->dense;
  }
  return fetches;
}

}  // namespace fbert
