#pragma once

#include <cstddef>
#include <cstdint>

#include "fbert/blas.h"
#include "fbert/precision.h"
#include "kernels/kernels.h"

namespace fbert {

// y = activation(x W^T + b).
//
// Weights are packed once, at load, as kernels/table.h describes. For OpenBLAS, float32 weights are packed into panels
// of up to kBlasColumns output features, each cut along the input features into blocks of block_depth: block (p, k) is
// a (depth, columns) matrix, row-major, and blocks follow each other in the order in which a product reads them.
struct Linear {
  static constexpr size_t kBlasColumns = 32;
  // A last panel of another width is filled up with zero columns: for widths that are no multiple of 8, OpenBLAS'
  // small-matrix kernels round a row differently by the number of rows beside it, and for those that are no multiple of
  // 16 they allocate memory.
  static constexpr size_t kColumnMultiple = 16;
  static_assert(kColumnMultiple == kernels::kPanelMultiple);

  Precision precision = Precision::kF32;
  Blas blas = Blas::kOwn;  // float32
  size_t in_features = 0;
  size_t out_features = 0;
  const float* bias = nullptr;  // (out_features), padded with zeros to a multiple of 16

  size_t block_depth = 0;         // OpenBLAS: the last block may be shallower
  const float* panels = nullptr;  // float32: in_features x out_features, the latter padded

  const int8_t* int8_panels = nullptr;  // int8
  const float* input_mean = nullptr;    // int8: (in_features), taken off x before it is quantised; the bias knows it
  const float* scales = nullptr;        // int8: (out_features), padded like bias
  const int32_t* sum_starts = nullptr;  // int8: (out_features), padded; Int8Product::b_start

  bool by_openblas() const { return precision == Precision::kF32 && blas == Blas::kOpenBlas; }
  size_t panel_columns() const { return by_openblas() ? kBlasColumns : kernels::kPanelColumns; }
  size_t panel_count() const { return (out_features + panel_columns() - 1) / panel_columns(); }
};

// Rows that products read: floats, and, for products in int8, the same rows quantised.
struct Activations {
  const float* values;  // (rows, in_features)
  size_t stride;
  size_t rows;
  uint8_t* quantized = nullptr;                     // packed; quantized_bytes()
  kernels::QuantizedRow* quantized_rows = nullptr;  // (rows)
};
// One product among those that a team works through together.
struct LinearJob {
  const Linear* linear;
  Activations x;
  float* y;  // (rows, out_features)
  size_t y_stride;
  Activation activation = Activation::kNone;  // fused into the product while its output is in cache
  // Whose weights to fetch meanwhile, as many bytes as the product reads of its own. Float products ignore it.
  const Linear* later = nullptr;
};

}  // namespace fbert
