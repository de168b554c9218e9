#pragma once

#include "fbert/inputs.h"
#include "fbert/quantize.h"

namespace fbert {

// What of a classifier's options is for loading its model.
inline LoadOptions load_options(const ClassifierOptions& options) {
  return {.precision = options.precision, .embeddings = options.embeddings, .isa = options.isa, .blas = options.blas};
}

}  // namespace fbert
