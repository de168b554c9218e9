#pragma once

#include <vector>

#include "engine/config.h"
#include "engine/weights.h"
#include "kernels/kernels.h"

namespace fbert {

// Linear layers compute W x = W (x - m) + W m for any vector m. Where m is about the mean of x, and the constant W m is
// kept in float32 as part of the bias, the 8 bits of a row are spent on how it differs from the others, and the
// rounding of W meets only that. The means are those over texts of random tokens, which no data is needed for. Wei et
// al. 2023 (Outlier Suppression+, arXiv:2304.09145) shift activations in this way.
//
// What attention gathers is read as it is: its means over random tokens say little of those over texts. Of the models
// of docs/int8.md it made the errors of two greater by a fifth, and those of three smaller.

// Measures the means with the weights as they are, and puts them, and the biases that go with them, into `linears`. The
// same bits on every instruction set and for any number of threads.
void centre_inputs(const ModelConfig& config, const ModelWeights& weights, const kernels::KernelTable& kernels,
                   const std::vector<UncentredLinear>& linears);

}  // namespace fbert
