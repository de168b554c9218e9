#include "engine/weights.h"

namespace fbert {

EmbeddingTable& embedding_of(ModelWeights& weights, const Module& module) {
  if (module.role == Role::kWordEmbeddings) return weights.embeddings.word;
  return module.role == Role::kPositionEmbeddings ? weights.embeddings.position : weights.embeddings.type;
}

LayerNormWeights& layer_norm_of(ModelWeights& weights, const Module& module) {
  if (module.role == Role::kEmbeddingNorm) return weights.embeddings.norm;
  LayerWeights& layer = weights.layers[static_cast<size_t>(module.layer)];
  return module.role == Role::kAttentionNorm ? layer.attention_norm : layer.output_norm;
}

Linear& linear_of(ModelWeights& weights, const Module& module) {
  if (module.role == Role::kHeadDense) return weights.head->dense;
  if (module.role == Role::kClassifier) return weights.head->classifier;
  LayerWeights& layer = weights.layers[static_cast<size_t>(module.layer)];
  switch (module.role) {
    case Role::kQuery:
      return layer.query;
    case Role::kKey:
      return layer.key;
    case Role::kValue:
      return layer.value;
    case Role::kAttentionOutput:
      return layer.attention_output;
    case Role::kIntermediate:
      return layer.intermediate;
    default:
      return layer.output;
  }
}

}  // namespace fbert
