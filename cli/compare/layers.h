#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "fbert/classifier.h"

namespace fbert {

// How far the second model's residual stream x' is from the first's x behind a layer, over all its values: the
// signal-to-quantisation-noise ratio 10 log10(sum x^2 / sum (x - x')^2).
struct LayerNoise {
  int layer = -1;  // -1: behind the embeddings
  double signal = 0;
  double noise = 0;

  double decibels() const;  // infinite where nothing differs
};

struct LayerComparison {
  size_t rows = 0;  // that were looked at
  std::vector<LayerNoise> layers;
  std::string reason;  // why there are no layers
};

// Runs both models over `inputs`, one by one. Models of different shape, or whose tokenizers differ on one of them,
// cannot be compared, and the result says so. The last layer is looked at where the head reads it: at [CLS].
LayerComparison compare_layers(const Classifier& first, const Classifier& second, std::span<const TextInput> inputs);

}  // namespace fbert
