#pragma once

#include "fbert/config.h"
#include "loader/weight_files.h"

namespace fbert {

// The configuration and the weight files of a model folder. What config.json leaves open, or says of another model than
// the one whose tensors are there, the names and shapes of the tensors decide; names are without what a wrapper put
// before them.
struct Checkpoint {
  ModelConfig config;
  WeightFiles files;
};

// Throws what load_config() and open_weights() throw.
Checkpoint open_checkpoint(const ModelFolder& folder);

}  // namespace fbert
