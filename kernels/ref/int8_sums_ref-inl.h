#pragma once

#include "kernels/tile_sums-inl.h"

// The integer product by its definition. Operands are described in table.h.
namespace fbert::kernels {
namespace {

inline void sum_tile(const uint8_t* a, const int8_t* b, size_t groups, size_t rows, size_t vectors,
                     const int32_t* start, const Ahead&, TileSums& sums) {
  const size_t columns = vectors * 16;
  for (size_t r = 0; r < rows; ++r) {
    for (size_t j = 0; j < columns; ++j) {
      int32_t sum = start[j];
      for (size_t g = 0; g < groups; ++g) {
        for (size_t k = 0; k < kDepthGroup; ++k) {
          sum += a[(g * kRowBlock + r) * kDepthGroup + k] * b[(g * columns + j) * kDepthGroup + k];
        }
      }
      sums.values[r][j] = sum;
    }
  }
}

}  // namespace
}  // namespace fbert::kernels
