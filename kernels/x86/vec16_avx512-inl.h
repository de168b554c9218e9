#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

// Sixteen floats in one ZMM register. The operations are described in vec16_ref-inl.h.
namespace fbert::kernels {
namespace {

struct Vec16 {
  __m512 v;
};

struct Mask16 {
  __mmask16 m;
};

struct AllLanes {};

struct FirstLanes {
  explicit FirstLanes(size_t count) : m(static_cast<__mmask16>((1u << count) - 1u)) {}
  __mmask16 m;
};

inline Vec16 broadcast(float x) { return {_mm512_set1_ps(x)}; }

inline Vec16 load(const float* p, AllLanes) { return {_mm512_loadu_ps(p)}; }
inline Vec16 load(const float* p, FirstLanes lanes) { return {_mm512_maskz_loadu_ps(lanes.m, p)}; }
inline void store(float* p, Vec16 a, AllLanes) { _mm512_storeu_ps(p, a.v); }
inline void store(float* p, Vec16 a, FirstLanes lanes) { _mm512_mask_storeu_ps(p, lanes.m, a.v); }
inline Vec16 keep(Vec16 a, Vec16, AllLanes) { return a; }
inline Vec16 keep(Vec16 a, Vec16 b, FirstLanes lanes) { return {_mm512_mask_blend_ps(lanes.m, b.v, a.v)}; }

inline Vec16 operator+(Vec16 a, Vec16 b) { return {_mm512_add_ps(a.v, b.v)}; }
inline Vec16 operator-(Vec16 a, Vec16 b) { return {_mm512_sub_ps(a.v, b.v)}; }
inline Vec16 operator*(Vec16 a, Vec16 b) { return {_mm512_mul_ps(a.v, b.v)}; }
inline Vec16 operator/(Vec16 a, Vec16 b) { return {_mm512_div_ps(a.v, b.v)}; }
inline Vec16 fma(Vec16 a, Vec16 b, Vec16 c) { return {_mm512_fmadd_ps(a.v, b.v, c.v)}; }
inline Vec16 fnma(Vec16 a, Vec16 b, Vec16 c) { return {_mm512_fnmadd_ps(a.v, b.v, c.v)}; }
inline Vec16 sqrt(Vec16 a) { return {_mm512_sqrt_ps(a.v)}; }
inline Vec16 max(Vec16 a, Vec16 b) { return {_mm512_max_ps(a.v, b.v)}; }
inline Vec16 min(Vec16 a, Vec16 b) { return {_mm512_min_ps(a.v, b.v)}; }

inline Vec16 abs(Vec16 a) { return {_mm512_abs_ps(a.v)}; }
inline Vec16 copy_sign(Vec16 magnitude, Vec16 sign) {
  constexpr int kMagnitudeBitsOfAElseB = 0xca;  // truth table of c ? a : b with c the mask of all but the sign
  const __m512i mask = _mm512_set1_epi32(0x7fffffff);
  return {_mm512_castsi512_ps(_mm512_ternarylogic_epi32(mask, _mm512_castps_si512(magnitude.v),
                                                        _mm512_castps_si512(sign.v), kMagnitudeBitsOfAElseB))};
}

inline Mask16 less(Vec16 a, Vec16 b) { return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_LT_OQ)}; }
inline Vec16 select(Mask16 mask, Vec16 a, Vec16 b) { return {_mm512_mask_blend_ps(mask.m, b.v, a.v)}; }

inline Vec16 scale_by_power_of_two(Vec16 a, Vec16 n) { return {_mm512_scalef_ps(a.v, n.v)}; }

inline float sum_of_lanes(Vec16 a) {
  const __m256 eight = _mm256_add_ps(_mm512_castps512_ps256(a.v), _mm512_extractf32x8_ps(a.v, 1));
  const __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}

inline float max_of_lanes(Vec16 a) {
  const __m256 eight = _mm256_max_ps(_mm512_castps512_ps256(a.v), _mm512_extractf32x8_ps(a.v, 1));
  const __m128 four = _mm_max_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  const __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)));
}

inline Vec16 load_ints(const int32_t* p) { return {_mm512_cvtepi32_ps(_mm512_loadu_si512(p))}; }

inline Vec16 load_halves(const uint16_t* p) {
  return {_mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)))};
}
inline Vec16 load_bytes(const int8_t* p) {
  return {_mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))))};
}

inline void store_block(const Vec16 (&rows)[8], uint8_t flip, void* out, size_t stride, size_t groups) {
  // Rows 4h to 4h + 3: 16 bytes of one group in each 128-bit lane.
  const auto pack_four = [&](size_t h) {
    const auto ints = [&](size_t r) { return _mm512_cvtps_epi32(rows[4 * h + r].v); };
    return _mm512_packs_epi16(_mm512_packs_epi32(ints(0), ints(1)), _mm512_packs_epi32(ints(2), ints(3)));
  };
  const __m512i flips = _mm512_set1_epi8(static_cast<char>(flip));
  const __m512i low = _mm512_xor_si512(pack_four(0), flips);
  const __m512i high = _mm512_xor_si512(pack_four(1), flips);
  const __m512i first = _mm512_permutex2var_epi64(low, _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11), high);
  const __m512i last = _mm512_permutex2var_epi64(low, _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15), high);
  // Not a loop over an array: g++ 12 makes a copy with rep movs of it, half of the time of quantize_rows.
  const auto store_two = [&](__m512i two_groups, size_t g) {
    auto* bytes = static_cast<uint8_t*>(out) + g * stride;
    if (g < groups) _mm256_storeu_si256(reinterpret_cast<__m256i*>(bytes), _mm512_castsi512_si256(two_groups));
    if (g + 1 < groups) {
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(bytes + stride), _mm512_extracti64x4_epi64(two_groups, 1));
    }
  };
  store_two(first, 0);
  store_two(last, 2);
}

inline void store_interleaved(Vec16 a, Vec16 b, Vec16 c, Vec16 d, int8_t* out) {
  const __m512i byte = _mm512_set1_epi32(0xff);
  const __m512i ab = _mm512_or_si512(_mm512_and_si512(_mm512_cvtps_epi32(a.v), byte),
                                     _mm512_slli_epi32(_mm512_and_si512(_mm512_cvtps_epi32(b.v), byte), 8));
  const __m512i cd =
      _mm512_or_si512(_mm512_and_si512(_mm512_cvtps_epi32(c.v), byte), _mm512_slli_epi32(_mm512_cvtps_epi32(d.v), 8));
  const __m512i high = _mm512_slli_epi32(cd, 16);
  _mm512_storeu_si512(out, _mm512_or_si512(ab, high));
}

// Of product_f32-inl.h.
constexpr size_t kTileRows = 8;
constexpr size_t kTileChunks = 3;

constexpr size_t kMatmulRows = 6;
constexpr size_t kMatmulChunks = 4;

}  // namespace
}  // namespace fbert::kernels
