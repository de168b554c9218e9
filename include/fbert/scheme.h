#pragma once

#include <optional>
#include <string>
#include <vector>

namespace fbert {

// What one scale is for.
enum class Granularity { kTensor, kChannel, kToken };  // a channel is an output feature, or an entry of a table

// How a module keeps its weights, and what it makes of its inputs, where they are integers.
struct WeightScheme {
  int bits = 8;
  Granularity granularity = Granularity::kChannel;
  bool symmetric = true;
};
struct ActivationScheme {
  int bits = 8;
  Granularity granularity = Granularity::kToken;
  bool symmetric = true;
  bool dynamic = true;  // scales are found while the model runs; false: they stand in the checkpoint
};

// Of a module; without a part, that part is in floats.
struct ModuleScheme {
  std::optional<WeightScheme> weights = {};
  std::optional<ActivationScheme> activations = {};
};

// What the key quantization_config says of a folder whose weights are in 8 bits (docs/quantized-format.md).
struct QuantizationConfig {
  ModuleScheme linear;     // of linear layers
  ModuleScheme embedding;  // of tables of embeddings
  // Modules that stay in floats: names as in the checkpoint, or "re:" and a regular expression.
  std::vector<std::string> ignore;
};

}  // namespace fbert
