#pragma once

#include "kernels/float-inl.h"

// The float product. Needs a vec16_*-inl.h before it.
namespace fbert::kernels {
namespace {

// c = x * p for kRows rows and kChunks * 16 columns, of which the last chunk may be partial.
template <size_t kRows, size_t kChunks, typename Lanes>
FBERT_INLINE inline void matmul_tile(const float* x, size_t x_stride, const float* p, size_t p_stride, float* c,
                                     size_t c_stride, size_t depth, Lanes last) {
  Vec16 sums[kRows][kChunks];
  for (auto& row : sums) {
    for (Vec16& sum : row) sum = broadcast(0.0f);
  }
  for (size_t k = 0; k < depth; ++k) {
    Vec16 columns[kChunks];
#pragma GCC unroll 8
    for (size_t j = 0; j + 1 < kChunks; ++j) columns[j] = load(p + k * p_stride + j * 16, AllLanes{});
    columns[kChunks - 1] = load(p + k * p_stride + (kChunks - 1) * 16, last);
#pragma GCC unroll 8
    for (size_t r = 0; r < kRows; ++r) {
      const Vec16 value = broadcast(x[r * x_stride + k]);
#pragma GCC unroll 8
      for (size_t j = 0; j < kChunks; ++j) sums[r][j] = fma(value, columns[j], sums[r][j]);
    }
  }
  for (size_t r = 0; r < kRows; ++r) {
    for (size_t j = 0; j + 1 < kChunks; ++j) store(c + r * c_stride + j * 16, sums[r][j], AllLanes{});
    store(c + r * c_stride + (kChunks - 1) * 16, sums[r][kChunks - 1], last);
  }
}

template <size_t kRows>
FBERT_INLINE inline void matmul_rows(const float* x, size_t x_stride, const float* p, size_t p_stride, float* c,
                                     size_t c_stride, size_t columns, size_t depth) {
  size_t j = 0;
  for (; j + kMatmulChunks * 16 <= columns; j += kMatmulChunks * 16) {
    matmul_tile<kRows, kMatmulChunks>(x, x_stride, p + j, p_stride, c + j, c_stride, depth, AllLanes{});
  }
  if constexpr (kMatmulChunks > 2) {
    if (j + 32 <= columns) {
      matmul_tile<kRows, 2>(x, x_stride, p + j, p_stride, c + j, c_stride, depth, AllLanes{});
      j += 32;
    }
  }
  for (; j + 16 <= columns; j += 16) {
    matmul_tile<kRows, 1>(x, x_stride, p + j, p_stride, c + j, c_stride, depth, AllLanes{});
  }
  if (j < columns) {
    matmul_tile<kRows, 1>(x, x_stride, p + j, p_stride, c + j, c_stride, depth, FirstLanes(columns - j));
  }
}

void matmul(const float* x, size_t x_stride, const float* p, size_t p_stride, float* c, size_t c_stride, size_t rows,
            size_t columns, size_t depth) {
  size_t r = 0;
  for (; r + kMatmulRows <= rows; r += kMatmulRows) {
    matmul_rows<kMatmulRows>(x + r * x_stride, x_stride, p, p_stride, c + r * c_stride, c_stride, columns, depth);
  }
  for (; r < rows; ++r) {
    matmul_rows<1>(x + r * x_stride, x_stride, p, p_stride, c + r * c_stride, c_stride, columns, depth);
  }
}

}  // namespace
}  // namespace fbert::kernels
