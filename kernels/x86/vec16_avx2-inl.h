#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

// Sixteen floats in two YMM registers. The operations are described in vec16_ref-inl.h.
namespace fbert::kernels {
namespace {

struct Vec16 {
  __m256 lo, hi;  // lanes 0 to 7, 8 to 15
};

struct Mask16 {
  __m256 lo, hi;
};

struct AllLanes {};

struct FirstLanes {
  explicit FirstLanes(size_t count) {
    const __m256i k = _mm256_set1_epi32(static_cast<int32_t>(count));
    lo = _mm256_cmpgt_epi32(k, _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
    hi = _mm256_cmpgt_epi32(k, _mm256_setr_epi32(8, 9, 10, 11, 12, 13, 14, 15));
  }
  __m256i lo, hi;
};

inline Vec16 broadcast(float x) { return {_mm256_set1_ps(x), _mm256_set1_ps(x)}; }

inline Vec16 load(const float* p, AllLanes) { return {_mm256_loadu_ps(p), _mm256_loadu_ps(p + 8)}; }
inline Vec16 load(const float* p, FirstLanes lanes) {
  return {_mm256_maskload_ps(p, lanes.lo), _mm256_maskload_ps(p + 8, lanes.hi)};
}
inline void store(float* p, Vec16 a, AllLanes) {
  _mm256_storeu_ps(p, a.lo);
  _mm256_storeu_ps(p + 8, a.hi);
}
inline void store(float* p, Vec16 a, FirstLanes lanes) {
  _mm256_maskstore_ps(p, lanes.lo, a.lo);
  _mm256_maskstore_ps(p + 8, lanes.hi, a.hi);
}
inline Vec16 keep(Vec16 a, Vec16, AllLanes) { return a; }
inline Vec16 keep(Vec16 a, Vec16 b, FirstLanes lanes) {
  return {_mm256_blendv_ps(b.lo, a.lo, _mm256_castsi256_ps(lanes.lo)),
          _mm256_blendv_ps(b.hi, a.hi, _mm256_castsi256_ps(lanes.hi))};
}

inline Vec16 operator+(Vec16 a, Vec16 b) { return {_mm256_add_ps(a.lo, b.lo), _mm256_add_ps(a.hi, b.hi)}; }
inline Vec16 operator-(Vec16 a, Vec16 b) { return {_mm256_sub_ps(a.lo, b.lo), _mm256_sub_ps(a.hi, b.hi)}; }
inline Vec16 operator*(Vec16 a, Vec16 b) { return {_mm256_mul_ps(a.lo, b.lo), _mm256_mul_ps(a.hi, b.hi)}; }
inline Vec16 operator/(Vec16 a, Vec16 b) { return {_mm256_div_ps(a.lo, b.lo), _mm256_div_ps(a.hi, b.hi)}; }
inline Vec16 fma(Vec16 a, Vec16 b, Vec16 c) {
  return {_mm256_fmadd_ps(a.lo, b.lo, c.lo), _mm256_fmadd_ps(a.hi, b.hi, c.hi)};
}
inline Vec16 fnma(Vec16 a, Vec16 b, Vec16 c) {
  return {_mm256_fnmadd_ps(a.lo, b.lo, c.lo), _mm256_fnmadd_ps(a.hi, b.hi, c.hi)};
}
inline Vec16 sqrt(Vec16 a) { return {_mm256_sqrt_ps(a.lo), _mm256_sqrt_ps(a.hi)}; }
inline Vec16 max(Vec16 a, Vec16 b) { return {_mm256_max_ps(a.lo, b.lo), _mm256_max_ps(a.hi, b.hi)}; }
inline Vec16 min(Vec16 a, Vec16 b) { return {_mm256_min_ps(a.lo, b.lo), _mm256_min_ps(a.hi, b.hi)}; }

inline Vec16 abs(Vec16 a) {
  const __m256 sign = _mm256_set1_ps(-0.0f);
  return {_mm256_andnot_ps(sign, a.lo), _mm256_andnot_ps(sign, a.hi)};
}
inline Vec16 copy_sign(Vec16 magnitude, Vec16 sign) {
  const __m256 bit = _mm256_set1_ps(-0.0f);
  const Vec16 m = abs(magnitude);
  return {_mm256_or_ps(m.lo, _mm256_and_ps(bit, sign.lo)), _mm256_or_ps(m.hi, _mm256_and_ps(bit, sign.hi))};
}

inline Mask16 less(Vec16 a, Vec16 b) {
  return {_mm256_cmp_ps(a.lo, b.lo, _CMP_LT_OQ), _mm256_cmp_ps(a.hi, b.hi, _CMP_LT_OQ)};
}
inline Vec16 select(Mask16 mask, Vec16 a, Vec16 b) {
  return {_mm256_blendv_ps(b.lo, a.lo, mask.lo), _mm256_blendv_ps(b.hi, a.hi, mask.hi)};
}

inline __m256 power_of_two(__m256i n) {
  return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(n, _mm256_set1_epi32(127)), 23));
}

// In two steps, of which only the second can round.
inline __m256 scale_by_power_of_two(__m256 a, __m256 n) {
  const __m256i whole = _mm256_cvtps_epi32(n);
  const __m256i half = _mm256_srai_epi32(whole, 1);
  return _mm256_mul_ps(_mm256_mul_ps(a, power_of_two(half)), power_of_two(_mm256_sub_epi32(whole, half)));
}
inline Vec16 scale_by_power_of_two(Vec16 a, Vec16 n) {
  return {scale_by_power_of_two(a.lo, n.lo), scale_by_power_of_two(a.hi, n.hi)};
}

inline float sum_of_lanes(Vec16 a) {
  const __m256 eight = _mm256_add_ps(a.lo, a.hi);
  const __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}

inline float max_of_lanes(Vec16 a) {
  const __m256 eight = _mm256_max_ps(a.lo, a.hi);
  const __m128 four = _mm_max_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  const __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)));
}

inline Vec16 load_ints(const int32_t* p) {
  return {_mm256_cvtepi32_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p))),
          _mm256_cvtepi32_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p + 8)))};
}

inline Vec16 load_halves(const uint16_t* p) {
  return {_mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))),
          _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p + 8)))};
}
inline Vec16 load_bytes(const int8_t* p) {
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
  return {_mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(bytes)),
          _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_srli_si128(bytes, 8)))};
}

inline void store_block(const Vec16 (&rows)[8], uint8_t flip, void* out, size_t stride, size_t groups) {
  // Rows 4h to 4h + 3: 16 bytes of one group in each 128-bit lane, the first two groups or the last two.
  const auto pack_four = [&](size_t h, __m256 Vec16::*half) {
    const auto ints = [&](size_t r) { return _mm256_cvtps_epi32(rows[4 * h + r].*half); };
    return _mm256_packs_epi16(_mm256_packs_epi32(ints(0), ints(1)), _mm256_packs_epi32(ints(2), ints(3)));
  };
  const __m256i flips = _mm256_set1_epi8(static_cast<char>(flip));
  const auto store_two = [&](__m256 Vec16::*half, size_t g) {
    const __m256i low = _mm256_xor_si256(pack_four(0, half), flips);
    const __m256i high = _mm256_xor_si256(pack_four(1, half), flips);
    auto* bytes = static_cast<uint8_t*>(out);
    if (g < groups) {
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(bytes + g * stride), _mm256_permute2x128_si256(low, high, 0x20));
    }
    if (g + 1 < groups) {
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(bytes + (g + 1) * stride),
                          _mm256_permute2x128_si256(low, high, 0x31));
    }
  };
  store_two(&Vec16::lo, 0);
  store_two(&Vec16::hi, 2);
}

inline void store_interleaved(Vec16 a, Vec16 b, Vec16 c, Vec16 d, int8_t* out) {
  const __m256i byte = _mm256_set1_epi32(0xff);
  const auto interleave = [&](__m256 x, __m256 y, __m256 z, __m256 w) {
    const __m256i xy = _mm256_or_si256(_mm256_and_si256(_mm256_cvtps_epi32(x), byte),
                                       _mm256_slli_epi32(_mm256_and_si256(_mm256_cvtps_epi32(y), byte), 8));
    const __m256i zw =
        _mm256_or_si256(_mm256_and_si256(_mm256_cvtps_epi32(z), byte), _mm256_slli_epi32(_mm256_cvtps_epi32(w), 8));
    return _mm256_or_si256(xy, _mm256_slli_epi32(zw, 16));
  };
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), interleave(a.lo, b.lo, c.lo, d.lo));
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + 32), interleave(a.hi, b.hi, c.hi, d.hi));
}

// Of product_f32-inl.h.
constexpr size_t kTileRows = 6;
constexpr size_t kTileChunks = 1;

constexpr size_t kMatmulRows = 4;
constexpr size_t kMatmulChunks = 1;

}  // namespace
}  // namespace fbert::kernels
