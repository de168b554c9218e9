#pragma once

#include "engine/checkpoint.h"
#include "fbert/quantize.h"

namespace fbert {

// load_model() of a checkpoint of the folder that is open already. The last to read of a model: its look at whether the
// folder has changed covers what was read before.
Model load_model(const ModelFolder& folder, Checkpoint checkpoint, const LoadOptions& options);

}  // namespace fbert
