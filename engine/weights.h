#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/arena.h"
#include "engine/embedding_table.h"
#include "engine/linear_job.h"
#include "engine/modules.h"

namespace fbert {

struct LayerNormWeights {
  const float* gamma = nullptr;  // (hidden_size)
  const float* beta = nullptr;   // (hidden_size)
};

struct EmbeddingWeights {
  EmbeddingTable word;      // (vocab_size, hidden_size)
  EmbeddingTable position;  // (max_position_embeddings, hidden_size), in floats
  EmbeddingTable type;      // (type_vocab_size, hidden_size), in floats; none for DistilBERT
  LayerNormWeights norm;
};

struct LayerWeights {
  Linear query, key, value;  // hidden_size -> hidden_size
  Linear attention_output;   // hidden_size -> hidden_size
  LayerNormWeights attention_norm;
  Linear intermediate;  // hidden_size -> intermediate_size
  Linear output;        // intermediate_size -> hidden_size
  LayerNormWeights output_norm;
};

// The head of a sequence classifier: a dense layer over the first token (BERT's pooler, DistilBERT's pre-classifier),
// then the classifier.
struct HeadWeights {
  Linear dense;           // hidden_size -> hidden_size
  Activation activation;  // tanh for BERT, relu for DistilBERT
  Linear classifier;      // hidden_size -> num_labels
};

struct ModelWeights {
  Arena arena;  // owns what all the pointers point to
  EmbeddingWeights embeddings;
  std::vector<LayerWeights> layers;
  std::optional<HeadWeights> head;
  std::string dtype;  // as stored: "F32", "F16", "BF16" or "mixed"
};

// Where the weights of a module stand.
EmbeddingTable& embedding_of(ModelWeights& weights, const Module& module);
LayerNormWeights& layer_norm_of(ModelWeights& weights, const Module& module);
Linear& linear_of(ModelWeights& weights, const Module& module);

}  // namespace fbert
