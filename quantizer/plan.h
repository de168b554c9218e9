#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/tensor_plan.h"
#include "engine/weight_loader.h"
#include "fbert/config.h"
#include "fbert/precision.h"
#include "kernels/kernels.h"
#include "loader/weight_files.h"

namespace fbert {

// What becomes of a model in floats. The one description that both loading (load_model()) and writing
// (quantize_model()) follow.
struct QuantizationPlan {
  TensorPlans tensors;
  std::vector<std::string> quantized;  // linear layers of the encoder, by name in the checkpoint
  std::vector<std::string> kept;       // those that stay in floats
  std::vector<std::string> ignore;     // all that stays in floats, for quantization_config
};

// The encoder's linear layers in 8 bits but for those that `keep` names, with values and attention outputs rotated
// where both are in 8 bits. `keep`: '*' stands for any characters, '?' for one. `embeddings`: of the word embeddings;
// none: as in the source. Throws kUsage for a pattern that matches nothing, and when nothing is left to quantise.
QuantizationPlan plan_int8(const ModelConfig& config, const WeightFiles& files,
                           const std::optional<EmbeddingType>& embeddings = {},
                           const std::vector<std::string>& keep = {});

// The weights that a plan describes, their inputs centred (centring.h). Layers of the encoder that stay in floats are
// multiplied with Blas::kOwn, so that the means are the same bits on every instruction set.
LoadedWeights load_planned(const ModelConfig& config, const WeightFiles& files, const QuantizationPlan& plan,
                           const kernels::KernelTable& kernels);

}  // namespace fbert
