#pragma once

#include <memory>
#include <vector>

#include "engine/pack.h"
#include "engine/tensor_plan.h"
#include "engine/weight_matrix.h"
#include "engine/weights.h"
#include "fbert/config.h"
#include "loader/model_folder.h"

namespace fbert {

struct WeightOptions {
  TensorPlans plans = {};  // of a model in floats
  // Of the encoder's linear layers whose weights stay in floats: kF32 or kExact.
  Precision floats = Precision::kF32;
};

// A linear layer of the encoder whose weights became 8 bits on the way, for a quantiser that goes on with it: what the
// packer points to, its bias and the mean of its inputs, may still be written.
struct ConvertedLinear {
  Module module;
  std::shared_ptr<const WeightMatrix> weight;
  LinearPacker packer;
};

struct LoadedWeights {
  ModelWeights weights;
  std::vector<ConvertedLinear> converted;
};

// Reads, checks and packs all tensors, on all cores, as they are planned. Names may carry the family's prefix ("bert.")
// or not, and the old names gamma and beta for LayerNorm's parameters. The head stays in float32. Throws kData that
// names every missing tensor, or the one that is wrong.
LoadedWeights load_weights(const ModelConfig& config, const WeightFiles& files, const WeightOptions& options = {});

}  // namespace fbert
