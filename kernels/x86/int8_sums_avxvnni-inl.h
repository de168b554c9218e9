#pragma once

#include <immintrin.h>

#include "kernels/tile_sums-inl.h"

// The integer product with vpdpbusd on 256-bit registers, of which there are 16: 12 hold sums, 3 weights, 1
// activations. It cannot saturate; see int8_sums_vnni512-inl.h.
namespace fbert::kernels {
namespace {

// AVX-VNNI, or the same instruction as AVX-512 has it, with which the tests run this file on CPUs that have only that.
inline __m256i add_products(__m256i sums, __m256i values, __m256i weights) {
#ifdef __AVXVNNI__
  return _mm256_dpbusd_avx_epi32(sums, values, weights);
#else
  return _mm256_dpbusd_epi32(sums, values, weights);
#endif
}

// kRows rows from `row` on and kVectors * 8 columns from `column` on.
template <size_t kRows, size_t kVectors, bool kPrefetch>
inline void sum_part(const uint8_t* a, const int8_t* b, size_t b_step, size_t groups, size_t row, size_t column,
                     const int32_t* start, const Ahead& ahead, TileSums& out) {
  a += row * kDepthGroup;
  b += column * kDepthGroup;
  __m256i sums[kRows][kVectors];
#pragma GCC unroll 8
  for (size_t v = 0; v < kVectors; ++v) {
    const __m256i first = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(start + column + v * 8));
#pragma GCC unroll 8
    for (size_t r = 0; r < kRows; ++r) sums[r][v] = first;
  }
  for (size_t g = 0; g < groups; ++g) {
    __m256i weights[kVectors];
#pragma GCC unroll 8
    for (size_t v = 0; v < kVectors; ++v) {
      weights[v] = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(b + v * 32));
    }
    if (kPrefetch) {
      for (size_t i = 0; i < ahead.count; ++i) {
        _mm_prefetch(reinterpret_cast<const char*>(ahead.lines[i] + g * kGroupBytes), _MM_HINT_T1);
      }
    }
#pragma GCC unroll 8
    for (size_t r = 0; r < kRows; ++r) {
      int32_t group;
      __builtin_memcpy(&group, a + r * kDepthGroup, sizeof(group));
      const __m256i values = _mm256_set1_epi32(group);
#pragma GCC unroll 8
      for (size_t v = 0; v < kVectors; ++v) sums[r][v] = add_products(sums[r][v], values, weights[v]);
    }
    a += kRowBlock * kDepthGroup;
    b += b_step;
  }
#pragma GCC unroll 8
  for (size_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 8
    for (size_t v = 0; v < kVectors; ++v) {
      _mm256_store_si256(reinterpret_cast<__m256i*>(out.values[row + r] + column + v * 8), sums[r][v]);
    }
  }
}

template <size_t kVectors, bool kPrefetch>
inline void sum_columns(const uint8_t* a, const int8_t* b, size_t b_step, size_t groups, size_t rows, size_t column,
                        const int32_t* start, const Ahead& ahead, TileSums& out) {
  // Two parts of nearly equal height: a part of a single row would wait for its weights all the time.
  const size_t half = rows > 4 ? (rows + 1) / 2 : rows;
  for (size_t row = 0; row < rows; row += half) {
    const auto part = [&]<size_t kRows>() {
      row == 0 ? sum_part<kRows, kVectors, kPrefetch>(a, b, b_step, groups, row, column, start, ahead, out)
               : sum_part<kRows, kVectors, false>(a, b, b_step, groups, row, column, start, ahead, out);
    };
    switch (rows - row < half ? rows - row : half) {
      case 1:
        part.template operator()<1>();
        break;
      case 2:
        part.template operator()<2>();
        break;
      case 3:
        part.template operator()<3>();
        break;
      default:
        part.template operator()<4>();
    }
  }
}

inline void sum_tile(const uint8_t* a, const int8_t* b, size_t groups, size_t rows, size_t vectors,
                     const int32_t* start, const Ahead& ahead, TileSums& sums) {
  const size_t columns = vectors * 16;
  const size_t b_step = columns * kDepthGroup;
  if (columns < kPanelColumns) {
    for (size_t column = 0; column < columns; column += 16) {
      sum_columns<2, false>(a, b, b_step, groups, rows, column, start, ahead, sums);
    }
    return;
  }
  ahead.count > 0 ? sum_columns<3, true>(a, b, b_step, groups, rows, 0, start, ahead, sums)
                  : sum_columns<3, false>(a, b, b_step, groups, rows, 0, start, ahead, sums);
  sum_columns<3, false>(a, b, b_step, groups, rows, 24, start, ahead, sums);
}

}  // namespace
}  // namespace fbert::kernels
