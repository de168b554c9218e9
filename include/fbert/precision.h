#pragma once

#include "fbert/export.h"

namespace fbert {

// How a linear layer multiplies.
enum class Precision {
  kF32,   // float32; see Blas
  kInt8,  // weights and activations in 8 bits, integer sums
};

FBERT_API const char* to_string(Precision precision);  // "fp32", "int8"

// How the table of word embeddings is kept in memory or in a file.
enum class EmbeddingType {
  kF32,
  kF16,
  kInt8,  // symmetric, a scale for each row
};

FBERT_API const char* to_string(EmbeddingType type);  // "fp32", "fp16", "int8"

}  // namespace fbert
