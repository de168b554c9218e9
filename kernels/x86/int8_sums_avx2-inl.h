#pragma once

#include <immintrin.h>

#include "kernels/tile_sums-inl.h"

// What int8_sums_words-inl.h works with on 256-bit registers.
namespace fbert::kernels {
namespace {

using Words = __m256i;
constexpr size_t kWordColumns = 4;

inline Words no_words() { return _mm256_setzero_si256(); }

inline Words load_weights(const int8_t* b) {
  return _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(b)));
}

inline Words load_values(const uint16_t* a) {
  long long group;
  __builtin_memcpy(&group, a, sizeof(group));
  return _mm256_set1_epi64x(group);
}

inline Words add_word_products(Words sums, Words a, Words b) {
  sums = _mm256_add_epi32(sums, _mm256_madd_epi16(a, b));
  __asm__("" : "+x"(sums));  // g++ 12 copies the sums from register to register in each step if it may
  return sums;
}

inline void add_partial_sums(Words left, Words right, int32_t* sums) {
  // Adds neighbours: columns 0 1 4 5 in the lower half, 2 3 6 7 in the upper.
  const __m256i eight = _mm256_permute4x64_epi64(_mm256_hadd_epi32(left, right), _MM_SHUFFLE(3, 1, 2, 0));
  auto* place = reinterpret_cast<__m256i*>(sums);
  _mm256_store_si256(place, _mm256_add_epi32(_mm256_load_si256(place), eight));
}

inline void widen(const uint8_t* a, uint16_t* words) {
  for (size_t i = 0; i < kRowBlock * kDepthGroup; i += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(a + i));
    _mm256_store_si256(reinterpret_cast<__m256i*>(words + i), _mm256_cvtepu8_epi16(bytes));
  }
}

}  // namespace
}  // namespace fbert::kernels

#include "kernels/x86/int8_sums_words-inl.h"
