#pragma once

#include <cstddef>
#include <initializer_list>
#include <span>
#include <vector>

#include "engine/arena.h"
#include "engine/config.h"
#include "engine/thread_team.h"
#include "kernels/kernels.h"

namespace fbert {

// What follows the product, fused into it while its output is in cache.
enum class Epilogue { kBias, kBiasGelu, kBiasGeluTanh, kBiasRelu, kBiasTanh };

Epilogue epilogue_of(Activation activation);

// y = epilogue(x W^T + b).
//
// The weights are packed once, at load, into panels of up to kPanelColumns output features, each cut along the input
// features into blocks of block_depth: block (p, k) is a (depth, columns) matrix, row-major, and blocks follow each
// other in the order in which a product reads them.
struct Linear {
  static constexpr size_t kPanelColumns = 32;
  // A last panel of another width is filled up with zero columns: for widths that are no multiple of 8, OpenBLAS'
  // kernels round a row differently by the number of rows beside it.
  static constexpr size_t kColumnMultiple = 8;

  size_t in_features = 0;
  size_t out_features = 0;
  size_t block_depth = 0;         // the last block may be shallower
  const float* panels = nullptr;  // in_features x out_features floats, the latter padded
  const float* bias = nullptr;    // (out_features)

  size_t panel_count() const { return (out_features + kPanelColumns - 1) / kPanelColumns; }
};

// Packs a weight of the checkpoint. weight: (out_features, in_features), row-major; bias: (out_features).
Linear pack_linear(std::span<const float> weight, std::span<const float> bias, Arena& arena);

// One product among those that a team works through together.
struct LinearJob {
  const Linear* linear;
  const float* x;  // (rows, in_features)
  size_t x_stride;
  float* y;  // (rows, out_features)
  size_t y_stride;
  size_t rows;
  Epilogue epilogue = Epilogue::kBias;
};

// This worker's part of the products: a contiguous range of the output features. All workers of a team must call it
// with the same jobs; results are complete after the next sync().
void run_linear(std::initializer_list<LinearJob> jobs, const kernels::KernelTable& kernels,
                const Worker& worker) noexcept;

}  // namespace fbert
