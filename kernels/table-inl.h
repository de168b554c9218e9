#pragma once

#include "kernels/attention-inl.h"
#include "kernels/embedding-inl.h"
#include "kernels/float-inl.h"
#include "kernels/int8-inl.h"
#include "kernels/matmul-inl.h"
#include "kernels/product_f32-inl.h"
#include "kernels/table.h"

// Needs before it a vec16_*-inl.h and an int8_sums_*-inl.h.
namespace fbert::kernels {
namespace {

// The table of this instruction set.
constexpr KernelTable table(const char* name, const char* description, uint32_t required) {
  return {.name = name,
          .description = description,
          .required = required,
          .add_layer_norm = add_layer_norm,
          .add = add,
          .bias = add_bias_and_apply<identity>,
          .bias_gelu = add_bias_and_apply<gelu>,
          .bias_gelu_tanh = add_bias_and_apply<gelu_tanh>,
          .bias_relu = add_bias_and_apply<relu>,
          .bias_tanh = add_bias_and_apply<tanh>,
          .softmax = softmax,
          .exp = apply<exp>,
          .erf = apply<erf>,
          .tanh = apply<tanh>,
          .sigmoid = apply<sigmoid>,
          .dot = dot,
          .matmul = matmul,
          .widen_f16 = widen_f16,
          .widen_int8 = widen_int8,
          .quantize_rows = quantize_rows,
          .multiply_f32 = multiply_f32,
          .multiply_int8 = multiply_int8,
          .attend_int8 = attend_int8};
}

}  // namespace
}  // namespace fbert::kernels
