#pragma once

#include <immintrin.h>

#include "kernels/tile_sums-inl.h"

// The integer product without VNNI: both operands widened to 16 bits and multiplied in pairs with vpmaddwd, which is
// exact. vpmaddubsw, which takes 8 bits as they are, is forbidden here: two products of 255 * 127 leave its 16 bits and
// saturate.
namespace fbert::kernels {
namespace {

// Rows [row, row + kRows) and 8 columns. A register holds two partial sums of each of four columns.
template <size_t kRows>
inline void sum_eight_columns(const uint8_t* a, const int8_t* b, size_t b_step, size_t groups, size_t row,
                              size_t column, const int32_t* start, TileSums& out) {
  __m256i left[kRows];   // columns 0 to 3
  __m256i right[kRows];  // columns 4 to 7
  for (size_t r = 0; r < kRows; ++r) left[r] = right[r] = _mm256_setzero_si256();
  for (size_t g = 0; g < groups; ++g) {
    const __m256i weights_left = _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(b)));
    const __m256i weights_right = _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(b + 16)));
#pragma GCC unroll 8
    for (size_t r = 0; r < kRows; ++r) {
      int32_t group;
      __builtin_memcpy(&group, a + r * kDepthGroup, sizeof(group));
      const __m256i values = _mm256_broadcastq_epi64(_mm_cvtepu8_epi16(_mm_cvtsi32_si128(group)));
      left[r] = _mm256_add_epi32(left[r], _mm256_madd_epi16(values, weights_left));
      right[r] = _mm256_add_epi32(right[r], _mm256_madd_epi16(values, weights_right));
    }
    a += kRowBlock * kDepthGroup;
    b += b_step;
  }
  const __m256i first = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(start));
  for (size_t r = 0; r < kRows; ++r) {
    // Adds neighbours: columns 0 1 4 5 in the lower half, 2 3 6 7 in the upper.
    const __m256i sums = _mm256_permute4x64_epi64(_mm256_hadd_epi32(left[r], right[r]), _MM_SHUFFLE(3, 1, 2, 0));
    _mm256_store_si256(reinterpret_cast<__m256i*>(out.values[row + r] + column), _mm256_add_epi32(first, sums));
  }
}

inline void sum_tile(const uint8_t* a, const int8_t* b, size_t groups, size_t rows, size_t vectors,
                     const int32_t* start, const int8_t*, TileSums& sums) {
  const size_t columns = vectors * 16;
  const size_t b_step = columns * kDepthGroup;
  for (size_t column = 0; column < columns; column += 8) {
    const int8_t* weights = b + column * kDepthGroup;
    size_t row = 0;
    for (; row + 4 <= rows; row += 4) {
      sum_eight_columns<4>(a + row * kDepthGroup, weights, b_step, groups, row, column, start + column, sums);
    }
    for (; row < rows; ++row) {
      sum_eight_columns<1>(a + row * kDepthGroup, weights, b_step, groups, row, column, start + column, sums);
    }
  }
}

}  // namespace
}  // namespace fbert::kernels
