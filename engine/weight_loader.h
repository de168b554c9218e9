#pragma once

#include <vector>

#include "engine/tensor_plan.h"
#include "engine/weight_reader.h"
#include "engine/weights.h"
#include "fbert/config.h"
#include "loader/weight_files.h"

namespace fbert {

struct LoadedWeights {
  ModelWeights weights;
  std::vector<ConvertedLinear> converted;
};

// Reads, checks and packs all tensors, on all cores, as they are planned. Names may carry the family's prefix ("bert.")
// or not, and the old names gamma and beta for LayerNorm's parameters. The head stays in float32. Throws kData that
// names every missing tensor, or the one that is wrong.
LoadedWeights load_weights(const ModelConfig& config, const WeightFiles& files, const WeightOptions& options = {});

}  // namespace fbert
