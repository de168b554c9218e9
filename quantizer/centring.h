#pragma once

#include <vector>

#include "engine/weight_loader.h"
#include "fbert/config.h"
#include "kernels/kernels.h"

namespace fbert {

// Linear layers compute W x = W (x - m) + W m for any vector m. Where m is about the mean of x, and W m is kept in
// float32 as part of the bias, the 8 bits of a row are spent on what makes it differ from others, and the rounding of W
// acts on that alone (docs/int8.md, "Centred inputs").
//
// Measures the means of what the converted linear layers read, with the weights as they are, and puts them and the
// biases that make up for them into the layers. What the attention output reads is left alone: it is a mean already.
// The same bits on every instruction set, where no layer is in Precision::kF32.
void centre_inputs(const ModelConfig& config, LoadedWeights& loaded, const kernels::KernelTable& kernels);

// Whether centre_inputs() centres what the layer reads.
bool is_centred(const Module& linear);

}  // namespace fbert
