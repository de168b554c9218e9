#pragma once

#include <cstddef>
#include <cstdint>

#include "fbert/activation.h"
#include "kernels/cpu.h"

// The one header of ours that the instruction set files include: types only, nothing that could leave a copy of an
// inline function compiled for a wide instruction set.
//
// Every table computes the same bits: the float functions are written once over a 16-lane vector type whose lanes,
// fused operations and reduction tree are the same on every instruction set. docs/numerics.md states error bounds and
// the answers for infinities and NaN.
namespace fbert::kernels {

// The packed forms of the int8 matrix product C = A * B (docs/int8.md).
//
// A, activations: blocks of kRowBlock rows, the last one filled up; within a block, groups of kDepthGroup values of all
// its rows: [row block][depth group][row in block][value in group]. Values are u8 = s8 + 128 with s8 in [-127, 127]
// and stand for scale * s8 + middle + centre, with a scale and a middle for each row and a centre for each column, of
// which a product knows nothing: its bias makes up for them. Depth is filled up to whole groups. B, weights: panels of
// kPanelColumns columns, the last one as wide as padded_columns of the rest; within a panel [depth group][column][value
// in group], s8.
constexpr size_t kRowBlock = 8;
constexpr size_t kDepthGroup = 4;
constexpr size_t kPanelColumns = 48;
constexpr size_t kPanelMultiple = 16;  // a last panel has 16, 32 or 48 columns

// What the bytes of a row of A stand for.
struct QuantizedRow {
  float scale;
  float middle;
};

// A product of packed operands, for a range of panels.
struct Int8Product {
  const uint8_t* a;            // (rows, depth_groups * 4), packed
  const QuantizedRow* a_rows;  // (rows)
  size_t rows;                 // at least 1
  size_t depth_groups;
  const int8_t* b;         // the first panel of the range
  const float* b_scales;   // (columns), for this range, as all below
  const int32_t* b_start;  // (columns), as b_scales, but padded to kPanelMultiple: -128 * sum of the column, which
                           // takes the 128 off the activations again
  const float* bias;       // (columns)
  size_t columns;          // of the range; only the last panel may be partial
  Activation activation;
  float* c;  // (rows, columns)
  size_t c_stride;
  // What to fetch into the cache meanwhile, or null: what this thread reads after the last panel, and for each byte
  // that it reads of b the one at the same place from `later` on. Either may end early: fetching past the end does no
  // harm.
  const int8_t* next = nullptr;
  const int8_t* later = nullptr;
};

// A product of floats with weights in panels, for a range of panels. Panels are as wide as those of the int8 product;
// within one [depth][column].
struct FloatProduct {
  const float* x;  // (rows, depth)
  size_t x_stride;
  size_t rows;  // at least 1
  size_t depth;
  const float* panels;  // the first of the range
  const float* bias;    // (columns), for this range
  size_t columns;       // of the range; only the last panel may be partial
  Activation activation;
  float* y;  // (rows, columns)
  size_t y_stride;
  const int8_t* next = nullptr;  // what to fetch into the cache meanwhile, as of Int8Product
};

// Attention of one head over one sequence: context = softmax(scale * queries * keys^T) * values. Everything is
// quantised inside (docs/int8.md).
struct Int8Attention {
  const float* queries;  // (query_count, head_size)
  size_t query_stride;
  size_t query_count;
  const float* keys;    // (length, head_size)
  const float* values;  // (length, head_size)
  size_t kv_stride;
  size_t length;
  size_t head_size;
  float scale;
  float* context;  // (query_count, head_size)
  size_t context_stride;
  void* scratch;  // int8_attention_scratch() bytes, 64-byte aligned
};

// A matrix of floats has `rows` rows of `n` >= 1 values; row r begins at x + r * stride. Nothing needs to be aligned,
// and nothing between or behind the rows is read or written. The rounding mode must be to nearest.
struct KernelTable {
  const char* name;         // "avx512_vnni"
  const char* description;  // one line for people
  uint32_t required;        // bits of CpuFeature, all needed

  // y[r] = gamma * normalise(x[r] + residual[r]) + beta; residual may be null; y may be x or
  // residual. eps is added to the variance.
  void (*add_layer_norm)(const float* x, size_t x_stride, const float* residual, size_t residual_stride,
                         const float* gamma, const float* beta, float eps, float* y, size_t y_stride, size_t rows,
                         size_t n);

  // y = a + b + c over n values; c may be null, y may be a.
  void (*add)(const float* a, const float* b, const float* c, float* y, size_t n);

  // x[r] = activation(x[r] + bias). GELU is x * Phi(x) by erf; gelu_tanh is the tanh form of Hendrycks and Gimpel 2016.
  void (*bias)(float* x, size_t stride, const float* bias, size_t rows, size_t n);
  void (*bias_gelu)(float* x, size_t stride, const float* bias, size_t rows, size_t n);
  void (*bias_gelu_tanh)(float* x, size_t stride, const float* bias, size_t rows, size_t n);
  void (*bias_relu)(float* x, size_t stride, const float* bias, size_t rows, size_t n);
  void (*bias_tanh)(float* x, size_t stride, const float* bias, size_t rows, size_t n);

  // x[r] = softmax(scale * x[r]), for scale > 0. -infinity gets probability 0.
  void (*softmax)(float* x, size_t stride, float scale, size_t rows, size_t n);

  // y = f(x) element by element; y may be x. The error bounds in ULP are in docs/numerics.md.
  void (*exp)(const float* x, float* y, size_t n);
  void (*erf)(const float* x, float* y, size_t n);
  void (*tanh)(const float* x, float* y, size_t n);
  void (*sigmoid)(const float* x, float* y, size_t n);

  // The sum of a[i] * b[i] in the reduction order shared by all tables.
  float (*dot)(const float* a, const float* b, size_t n);

  // c = x * p, each output summed in the order of depth, with fused operations.
  //   x: (rows, depth), p: (depth, columns), c: (rows, columns)
  void (*matmul)(const float* x, size_t x_stride, const float* p, size_t p_stride, float* c, size_t c_stride,
                 size_t rows, size_t columns, size_t depth);

  // y = x, for 16-bit floats; y = x * scale. Both widen a row of an embedding table.
  void (*widen_f16)(const uint16_t* x, float* y, size_t n);
  void (*widen_int8)(const int8_t* x, float scale, float* y, size_t n);

  // Quantises rows less `centre`, (n) and never null, each around the middle of its own range, to nearest even, into
  // the packed form of A. NaN becomes 127. `quantized` is (rows).
  void (*quantize_rows)(const float* x, size_t stride, size_t rows, size_t n, const float* centre, uint8_t* packed,
                        QuantizedRow* quantized);

  // y = activation(x * panels + bias), each output summed in the order of depth, with fused operations.
  void (*multiply_f32)(const FloatProduct& product);

  // c = activation(a * b scaled back + bias). The integer product is exact on every table.
  void (*multiply_int8)(const Int8Product& product);

  void (*attend_int8)(const Int8Attention& attention);
};

// One for each instruction set built in: x86/<name>.cc and ref/ref.cc.
extern const KernelTable kAvx512VnniTable;
extern const KernelTable kAvxVnniTable;
extern const KernelTable kAvx512Table;
extern const KernelTable kAvx2Table;
extern const KernelTable kRefTable;

}  // namespace fbert::kernels
