#pragma once

#include <cstddef>

#include "engine/weights.h"
#include "fbert/blas.h"
#include "fbert/config.h"
#include "fbert/isa.h"
#include "fbert/precision.h"

namespace fbert {

class Model;

// What a Model is made of, for those who have the weights already.
struct ModelParts {
  ModelConfig config;
  IsaDecision isa;
  BlasDecision blas;
  Precision precision = Precision::kF32;
  ModelWeights weights;
  size_t file_bytes = 0;
};
Model make_model(ModelParts parts);

}  // namespace fbert
