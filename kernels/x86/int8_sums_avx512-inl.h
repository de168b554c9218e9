#pragma once

#include <immintrin.h>

#include "kernels/tile_sums-inl.h"

// What int8_sums_words-inl.h works with on 512-bit registers.
namespace fbert::kernels {
namespace {

using Words = __m512i;
constexpr size_t kWordColumns = 8;

inline Words no_words() { return _mm512_setzero_si512(); }

inline Words load_weights(const int8_t* b) {
  return _mm512_cvtepi8_epi16(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(b)));
}

inline Words load_values(const uint16_t* a) {
  long long group;
  __builtin_memcpy(&group, a, sizeof(group));
  return _mm512_set1_epi64(group);
}

inline Words add_word_products(Words sums, Words a, Words b) { return _mm512_add_epi32(sums, _mm512_madd_epi16(a, b)); }

inline void add_partial_sums(Words left, Words right, int32_t* sums) {
  const __m512i even = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
  const __m512i odd = _mm512_setr_epi32(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
  const __m512i sixteen =
      _mm512_add_epi32(_mm512_permutex2var_epi32(left, even, right), _mm512_permutex2var_epi32(left, odd, right));
  _mm512_store_si512(sums, _mm512_add_epi32(_mm512_load_si512(sums), sixteen));
}

inline void widen(const uint8_t* a, uint16_t* words) {
  _mm512_store_si512(words, _mm512_cvtepu8_epi16(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(a))));
}

}  // namespace
}  // namespace fbert::kernels

#include "kernels/x86/int8_sums_words-inl.h"
