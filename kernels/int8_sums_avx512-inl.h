#pragma once

#include <immintrin.h>

#include "kernels/tile_sums-inl.h"

// The integer product on 512-bit registers without VNNI; see int8_sums_avx2-inl.h.
namespace fbert::kernels {
namespace {

// Rows [row, row + kRows) and 16 columns. A register holds two partial sums of each of eight columns.
template <size_t kRows>
inline void sum_sixteen_columns(const uint8_t* a, const int8_t* b, size_t b_step, size_t groups, size_t row,
                                size_t column, const int32_t* start, TileSums& out) {
  __m512i left[kRows];   // columns 0 to 7
  __m512i right[kRows];  // columns 8 to 15
  for (size_t r = 0; r < kRows; ++r) left[r] = right[r] = _mm512_setzero_si512();
  for (size_t g = 0; g < groups; ++g) {
    const __m512i weights_left = _mm512_cvtepi8_epi16(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(b)));
    const __m512i weights_right = _mm512_cvtepi8_epi16(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(b + 32)));
#pragma GCC unroll 8
    for (size_t r = 0; r < kRows; ++r) {
      int32_t group;
      __builtin_memcpy(&group, a + r * kDepthGroup, sizeof(group));
      const __m512i values = _mm512_broadcastq_epi64(_mm_cvtepu8_epi16(_mm_cvtsi32_si128(group)));
      left[r] = _mm512_add_epi32(left[r], _mm512_madd_epi16(values, weights_left));
      right[r] = _mm512_add_epi32(right[r], _mm512_madd_epi16(values, weights_right));
    }
    a += kRowBlock * kDepthGroup;
    b += b_step;
  }
  const __m512i even = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
  const __m512i odd = _mm512_setr_epi32(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
  const __m512i first = _mm512_loadu_si512(start);
  for (size_t r = 0; r < kRows; ++r) {
    const __m512i sums = _mm512_add_epi32(_mm512_permutex2var_epi32(left[r], even, right[r]),
                                          _mm512_permutex2var_epi32(left[r], odd, right[r]));
    _mm512_store_si512(out.values[row + r] + column, _mm512_add_epi32(first, sums));
  }
}

inline void sum_tile(const uint8_t* a, const int8_t* b, size_t groups, size_t rows, size_t vectors,
                     const int32_t* start, const int8_t*, TileSums& sums) {
  const size_t columns = vectors * 16;
  const size_t b_step = columns * kDepthGroup;
  for (size_t column = 0; column < columns; column += 16) {
    const int8_t* weights = b + column * kDepthGroup;
    size_t row = 0;
    for (; row + 8 <= rows; row += 8) {
      sum_sixteen_columns<8>(a + row * kDepthGroup, weights, b_step, groups, row, column, start + column, sums);
    }
    for (; row + 4 <= rows; row += 4) {
      sum_sixteen_columns<4>(a + row * kDepthGroup, weights, b_step, groups, row, column, start + column, sums);
    }
    for (; row < rows; ++row) {
      sum_sixteen_columns<1>(a + row * kDepthGroup, weights, b_step, groups, row, column, start + column, sums);
    }
  }
}

}  // namespace
}  // namespace fbert::kernels
