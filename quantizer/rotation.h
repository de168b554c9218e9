#pragma once

#include <cstddef>
#include <span>

#include "engine/tensor_plan.h"

namespace fbert {

// What makes weights fit 8 bits better without changing the model. Attention takes weighted means of the values, so the
// values of a head may be expressed in any orthonormal basis: the value projection's output features are rotated, and
// the attention output's input features with them. Their product stays as it is, and a single large weight, which would
// set the scale of its whole row, is spread over the head. The basis is that of Walsh and Hadamard, block by block
// where the head size is no power of two. Ashkboos et al. 2024 (QuaRot, arXiv:2404.00456) rotate language models in
// this way.
//
// Plain float arithmetic in a fixed order: the same bits everywhere.
RowChange output_rotation(size_t head_size);  // of the value projection's weight and bias
RowChange input_rotation(size_t head_size);   // of the attention output's weight

// values: whole heads of rows of `width` values; a bias has width 1.
void rotate_output_features(std::span<float> values, size_t width, size_t head_size);

// values: rows of whole heads.
void rotate_input_features(std::span<float> values, size_t head_size);

}  // namespace fbert
