#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/arena.h"
#include "engine/embedding_table.h"
#include "engine/linear.h"
#include "engine/weight_reader.h"
#include "fbert/config.h"
#include "loader/weight_files.h"

namespace fbert {

struct EmbeddingWeights {
  EmbeddingTable word;              // (vocab_size, hidden_size)
  const float* position = nullptr;  // (max_position_embeddings, hidden_size)
  const float* type = nullptr;      // (type_vocab_size, hidden_size); null for DistilBERT
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
  Linear dense;         // hidden_size -> hidden_size
  Epilogue activation;  // tanh for BERT, relu for DistilBERT
  Linear classifier;    // hidden_size -> num_labels
};

// A layer whose inputs were centred here, by its name in the checkpoint. `source` is the name of the layer that stands
// for its inputs.
struct CentredLinear {
  std::string module, source;
  Linear linear;
};

struct ModelWeights {
  Arena arena;  // owns what all the pointers point to
  EmbeddingWeights embeddings;
  std::vector<LayerWeights> layers;
  std::optional<HeadWeights> head;
  std::string dtype;  // as stored: "F32", "F16", "BF16" or "mixed"
  std::vector<CentredLinear> centred;
};

struct WeightOptions {
  Precision precision = Precision::kF32;    // of the encoder's linear layers, for a model in floats
  std::optional<EmbeddingType> embeddings;  // none: as the file has it
  // Layers of the encoder, by name, that Precision::kInt8 leaves in Precision::kExact.
  std::set<std::string> kept = {};
};

// Reads, checks and packs all tensors, on all cores, and centres the inputs of what it quantises (centring.h). Names
// may carry the family's prefix ("bert.") or not, and the old names gamma and beta for LayerNorm's parameters. The head
// stays in float32. Throws kData that names every missing tensor, or the one that is wrong.
ModelWeights load_weights(const ModelConfig& config, const WeightFiles& files, const WeightOptions& options,
                          const kernels::KernelTable& kernels);

}  // namespace fbert
