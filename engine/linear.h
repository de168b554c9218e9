#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>

#include "engine/thread_team.h"
#include "fbert/config.h"
#include "fbert/precision.h"
#include "kernels/kernels.h"

namespace fbert {

// y = activation(x W^T + b).
//
// float32 weights are packed once, at load, into panels of up to kPanelColumns output features, each cut along the
// input features into blocks of block_depth: block (p, k) is a (depth, columns) matrix, row-major, and blocks follow
// each other in the order in which a product reads them. int8 weights are packed as kernels/table.h describes.
struct Linear {
  static constexpr size_t kPanelColumns = 32;
  // A last panel of another width is filled up with zero columns: for widths that are no multiple of 8, OpenBLAS'
  // small-matrix kernels round a row differently by the number of rows beside it, and for those that are no multiple of
  // 16 they allocate memory.
  static constexpr size_t kColumnMultiple = 16;

  Precision precision = Precision::kF32;
  size_t in_features = 0;
  size_t out_features = 0;
  const float* bias = nullptr;  // (out_features), padded with zeros to a multiple of 16

  size_t block_depth = 0;         // float32: the last block may be shallower
  const float* panels = nullptr;  // float32: in_features x out_features, the latter padded

  const int8_t* int8_panels = nullptr;  // int8
  const float* input_mean = nullptr;    // int8: (in_features), taken off x before it is quantised; the bias knows it
  const float* scales = nullptr;        // int8: (out_features), padded like bias
  const int32_t* sum_starts = nullptr;  // int8: (out_features), padded; Int8Product::b_start

  size_t panel_columns() const { return precision == Precision::kInt8 ? kernels::kPanelColumns : kPanelColumns; }
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
size_t quantized_bytes(size_t rows, size_t in_features);

// Quantises rows [first, last) for a product with `reader`; first is a multiple of kernels::kRowBlock.
void quantize_rows(const Activations& x, const Linear& reader, size_t first, size_t last,
                   const kernels::KernelTable& kernels) noexcept;

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

// This worker's part of up to three products: contiguous ranges of their output features. All workers of a team must
// call it with the same jobs; results are complete after the next sync(). `next` are the layers, up to three, whose
// products follow: the first of their weights that this worker reads are fetched into its cache meanwhile.
void run_linear(std::initializer_list<LinearJob> jobs, const kernels::KernelTable& kernels, const Worker& worker,
                std::span<const Linear* const> next = {}) noexcept;

}  // namespace fbert
