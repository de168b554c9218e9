#pragma once

#include "fbert/activation.h"
#include "fbert/config.h"

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
  Activation head_activation;
};

const TensorNames& tensor_names(Family family);

}  // namespace fbert
