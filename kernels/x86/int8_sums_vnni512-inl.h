#pragma once

#include <immintrin.h>

#include "kernels/tile_sums-inl.h"

// The integer product with vpdpbusd on 512-bit registers: up to 24 sums stay in registers. vpdpbusd adds four products
// u8 * s8 to 32 bits and cannot saturate: 255 * 128 * 4 per step leaves room for a depth of 65,000.
namespace fbert::kernels {
namespace {

// Not inlined: where g++ 12 inlines it, it may spill the sums.
template <size_t kRows, size_t kVectors, size_t kAhead>
__attribute__((noinline)) void sum_tile_of(const uint8_t* a, const int8_t* b, size_t groups, const int32_t* start,
                                           const Ahead& ahead, TileSums& out) {
  __m512i sums[kRows][kVectors];
#pragma GCC unroll 8
  for (size_t v = 0; v < kVectors; ++v) {
#pragma GCC unroll 8
    for (size_t r = 0; r < kRows; ++r) sums[r][v] = _mm512_loadu_si512(start + v * 16);
  }
  const int8_t* lines[kAhead + 1];  // a copy, which stays in registers; one more, as it may not be empty
#pragma GCC unroll 8
  for (size_t i = 0; i < kAhead; ++i) lines[i] = ahead.lines[i];
  for (size_t g = 0; g < groups; ++g) {
    __m512i weights[kVectors];
#pragma GCC unroll 8
    for (size_t v = 0; v < kVectors; ++v) weights[v] = _mm512_loadu_si512(b + v * 64);
#pragma GCC unroll 8
    for (size_t i = 0; i < kAhead; ++i) {
      _mm_prefetch(reinterpret_cast<const char*>(lines[i] + g * kGroupBytes), _MM_HINT_T1);
    }
#pragma GCC unroll 8
    for (size_t r = 0; r < kRows; ++r) {
      int32_t group;
      __builtin_memcpy(&group, a + r * kDepthGroup, sizeof(group));
      const __m512i values = _mm512_set1_epi32(group);
#pragma GCC unroll 8
      for (size_t v = 0; v < kVectors; ++v) sums[r][v] = _mm512_dpbusd_epi32(sums[r][v], values, weights[v]);
    }
    a += kRowBlock * kDepthGroup;
    b += kVectors * 64;
  }
#pragma GCC unroll 8
  for (size_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 8
    for (size_t v = 0; v < kVectors; ++v) _mm512_store_si512(out.values[r] + v * 16, sums[r][v]);
  }
}

template <size_t kVectors, size_t kAhead>
inline void sum_rows(const uint8_t* a, const int8_t* b, size_t groups, size_t rows, const int32_t* start,
                     const Ahead& ahead, TileSums& sums) {
  switch (rows) {
    case 1:
      return sum_tile_of<1, kVectors, kAhead>(a, b, groups, start, ahead, sums);
    case 2:
      return sum_tile_of<2, kVectors, kAhead>(a, b, groups, start, ahead, sums);
    case 3:
      return sum_tile_of<3, kVectors, kAhead>(a, b, groups, start, ahead, sums);
    case 4:
      return sum_tile_of<4, kVectors, kAhead>(a, b, groups, start, ahead, sums);
    case 5:
      return sum_tile_of<5, kVectors, kAhead>(a, b, groups, start, ahead, sums);
    case 6:
      return sum_tile_of<6, kVectors, kAhead>(a, b, groups, start, ahead, sums);
    case 7:
      return sum_tile_of<7, kVectors, kAhead>(a, b, groups, start, ahead, sums);
    default:
      return sum_tile_of<8, kVectors, kAhead>(a, b, groups, start, ahead, sums);
  }
}

inline void sum_tile(const uint8_t* a, const int8_t* b, size_t groups, size_t rows, size_t vectors,
                     const int32_t* start, const Ahead& ahead, TileSums& sums) {
  switch (vectors) {
    case 1:
      return sum_rows<1, 0>(a, b, groups, rows, start, ahead, sums);
    case 2:
      return sum_rows<2, 0>(a, b, groups, rows, start, ahead, sums);
    default:
      break;
  }
  switch (ahead.count) {
    case 0:
      return sum_rows<3, 0>(a, b, groups, rows, start, ahead, sums);
    case 1:
      return sum_rows<3, 1>(a, b, groups, rows, start, ahead, sums);
    case 2:
      return sum_rows<3, 2>(a, b, groups, rows, start, ahead, sums);
    default:
      return sum_rows<3, kGroupLines>(a, b, groups, rows, start, ahead, sums);
  }
}

}  // namespace
}  // namespace fbert::kernels
