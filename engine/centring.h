#pragma once

#include <vector>

#include "engine/weights.h"
#include "fbert/config.h"
#include "kernels/kernels.h"

namespace fbert {

// Linear layers compute W x = W (x - m) + W m for any vector m. Where m is about the mean of x, and W m is kept in
// float32 as part of the bias, the 8 bits of a row are spent on what makes it differ from others, and the rounding of W
// acts on that alone (docs/int8.md, "Centred inputs").
//
// Measures the means of what `linears` read, with the weights as they are, and puts them and the biases that make up
// for them into the layers. The same bits on every instruction set.
void centre_inputs(const ModelConfig& config, const ModelWeights& weights, const kernels::KernelTable& kernels,
                   const std::vector<UncentredLinear>& linears);

}  // namespace fbert
