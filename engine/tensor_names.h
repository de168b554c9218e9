#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "engine/linear.h"
#include "fbert/config.h"
#include "loader/weight_files.h"

namespace fbert {

// Where a family keeps what in a checkpoint: the names of its modules. "{}" stands for the number of the layer.
struct TensorNames {
  const char* prefix;  // of the encoder's names; checkpoints of a bare encoder lack it
  const char* word_embeddings;
  const char* position_embeddings;
  const char* type_embeddings;  // null: the family has none
  const char* embedding_norm;
  const char* query;
  const char* key;
  const char* value;
  const char* attention_output;
  const char* attention_norm;
  const char* intermediate;
  const char* output;
  const char* output_norm;
  const char* head_dense;
  bool head_dense_has_prefix;
  Epilogue head_activation;
};

const TensorNames& tensor_names(Family family);

// The prefix that the names of this checkpoint have: the family's or none.
std::string prefix_in(const WeightFiles& files, const TensorNames& names);

std::string in_layer(const char* pattern, int layer);

// A linear layer by the name it has in the checkpoint, without ".weight".
struct LinearName {
  std::string name;
  size_t out_features;
  size_t in_features;
};

// All linear layers of the encoder, layer by layer.
std::vector<LinearName> encoder_linears(const ModelConfig& config, const std::string& prefix);

// Those of the head; none without a head.
std::vector<LinearName> head_linears(const ModelConfig& config, const std::string& prefix);

}  // namespace fbert
