#pragma once

#include <cstddef>
#include <cstdint>

// Sixteen floats in an array: what the other vec16_*-inl.h files do, in plain C++. Every operation is correctly
// rounded; a lane of one file has the bits of that lane in the others, but for the sign and payload of a NaN.
namespace fbert::kernels {
namespace {

struct Vec16 {
  float lane[16];
};

struct Mask16 {
  bool lane[16];
};

// Which lanes a load or store touches: memory behind the others is neither read nor written.
struct AllLanes {};

struct FirstLanes {
  explicit FirstLanes(size_t lanes) : count(lanes) {}
  size_t count;  // 0 to 15
};

template <typename F>
inline Vec16 generate(F f) {
  Vec16 r;
  for (int i = 0; i < 16; ++i) r.lane[i] = f(i);
  return r;
}

inline Vec16 broadcast(float x) {
  return generate([=](int) { return x; });
}

// Lanes that are not loaded are zero.
inline Vec16 load(const float* p, AllLanes) {
  return generate([=](int i) { return p[i]; });
}
inline Vec16 load(const float* p, FirstLanes lanes) {
  Vec16 r{};
  for (size_t i = 0; i < lanes.count; ++i) r.lane[i] = p[i];
  return r;
}
inline void store(float* p, const Vec16& a, AllLanes) {
  for (size_t i = 0; i < 16; ++i) p[i] = a.lane[i];
}
inline void store(float* p, const Vec16& a, FirstLanes lanes) {
  for (size_t i = 0; i < lanes.count; ++i) p[i] = a.lane[i];
}

// The chosen lanes of a, the others of b.
inline Vec16 keep(const Vec16& a, const Vec16&, AllLanes) { return a; }
inline Vec16 keep(const Vec16& a, const Vec16& b, FirstLanes lanes) {
  return generate([&](int i) { return static_cast<size_t>(i) < lanes.count ? a.lane[i] : b.lane[i]; });
}

inline Vec16 operator+(const Vec16& a, const Vec16& b) {
  return generate([&](int i) { return a.lane[i] + b.lane[i]; });
}
inline Vec16 operator-(const Vec16& a, const Vec16& b) {
  return generate([&](int i) { return a.lane[i] - b.lane[i]; });
}
inline Vec16 operator*(const Vec16& a, const Vec16& b) {
  return generate([&](int i) { return a.lane[i] * b.lane[i]; });
}
inline Vec16 operator/(const Vec16& a, const Vec16& b) {
  return generate([&](int i) { return a.lane[i] / b.lane[i]; });
}

// a * b + c and c - a * b, rounded once. Without FMA instructions the C library computes them exactly, if slowly.
inline Vec16 fma(const Vec16& a, const Vec16& b, const Vec16& c) {
  return generate([&](int i) { return __builtin_fmaf(a.lane[i], b.lane[i], c.lane[i]); });
}
inline Vec16 fnma(const Vec16& a, const Vec16& b, const Vec16& c) {
  return generate([&](int i) { return __builtin_fmaf(-a.lane[i], b.lane[i], c.lane[i]); });
}
inline Vec16 sqrt(const Vec16& a) {
  return generate([&](int i) { return __builtin_sqrtf(a.lane[i]); });
}

// b where either is NaN, and where both are zeros: the rule of MAXPS and MINPS.
inline Vec16 max(const Vec16& a, const Vec16& b) {
  return generate([&](int i) { return a.lane[i] > b.lane[i] ? a.lane[i] : b.lane[i]; });
}
inline Vec16 min(const Vec16& a, const Vec16& b) {
  return generate([&](int i) { return a.lane[i] < b.lane[i] ? a.lane[i] : b.lane[i]; });
}

inline Vec16 abs(const Vec16& a) {
  return generate([&](int i) { return __builtin_fabsf(a.lane[i]); });
}
inline Vec16 copy_sign(const Vec16& magnitude, const Vec16& sign) {
  return generate([&](int i) { return __builtin_copysignf(magnitude.lane[i], sign.lane[i]); });
}

// False where either is NaN.
inline Mask16 less(const Vec16& a, const Vec16& b) {
  Mask16 r;
  for (int i = 0; i < 16; ++i) r.lane[i] = a.lane[i] < b.lane[i];
  return r;
}
inline Vec16 select(const Mask16& mask, const Vec16& a, const Vec16& b) {
  return generate([&](int i) { return mask.lane[i] ? a.lane[i] : b.lane[i]; });
}

inline float power_of_two(int32_t n) {
  const uint32_t bits = static_cast<uint32_t>(n + 127) << 23;
  float r;
  __builtin_memcpy(&r, &bits, sizeof(r));
  return r;
}

// a * 2^n rounded once, for a whole number n in [-250, 250] and an a of which a * 2^floor(n / 2), too, is a normal
// number: any in [0.5, 2), and the 180 to 361 of exp2_255, whose n ends at 0. Where both are NaN, the result is.
inline Vec16 scale_by_power_of_two(const Vec16& a, const Vec16& n) {
  return generate([&](int i) {
    if (!(__builtin_fabsf(n.lane[i]) <= 250)) return n.lane[i];  // NaN, or a lane that nobody keeps
    const int32_t whole = static_cast<int32_t>(n.lane[i]);
    const int32_t half = whole >> 1;
    return a.lane[i] * power_of_two(half) * power_of_two(whole - half);
  });
}

// Lane i with lane i + 8, then i + 4, i + 2, i + 1.
inline float sum_of_lanes(Vec16 a) {
  for (int width = 8; width > 0; width /= 2) {
    for (int i = 0; i < width; ++i) a.lane[i] = a.lane[i] + a.lane[i + width];
  }
  return a.lane[0];
}
inline float max_of_lanes(Vec16 a) {
  for (int width = 8; width > 0; width /= 2) {
    for (int i = 0; i < width; ++i) a.lane[i] = a.lane[i] > a.lane[i + width] ? a.lane[i] : a.lane[i + width];
  }
  return a.lane[0];
}

// Sixteen integers, each rounded to the nearest float.
inline Vec16 load_ints(const int32_t* p) {
  return generate([=](int i) { return static_cast<float>(p[i]); });
}

// The float that equals a 16-bit float, whatever the mode for subnormals: 16 bits have none that 32 bits have not as
// normal numbers.
inline float widen_half(uint16_t half) {
  const uint32_t exponent = half >> 10 & 31;
  const uint32_t mantissa = half & 1023;
  float magnitude;
  if (exponent == 0) {
    magnitude = static_cast<float>(mantissa) * power_of_two(-24);
  } else {
    const uint32_t quiet = exponent == 31 && mantissa != 0 ? 1u << 22 : 0;
    const uint32_t bits = (exponent == 31 ? 255 : exponent + 112) << 23 | mantissa << 13 | quiet;
    __builtin_memcpy(&magnitude, &bits, sizeof(magnitude));
  }
  return half >> 15 != 0 ? -magnitude : magnitude;
}

// Sixteen 16-bit floats and sixteen 8-bit integers, exactly.
inline Vec16 load_halves(const uint16_t* p) {
  return generate([=](int i) { return widen_half(p[i]); });
}
inline Vec16 load_bytes(const int8_t* p) {
  return generate([=](int i) { return static_cast<float>(p[i]); });
}

// The two below round to nearest even what lies in [-128, 127].

// A block of 8 rows: 32 bytes for each group of four lanes, `stride` bytes apart, of which each row has four. `flip` is
// combined with each byte by exclusive or: 0x80 adds 128.
inline void store_block(const Vec16 (&rows)[8], uint8_t flip, void* out, size_t stride, size_t groups) {
  for (size_t g = 0; g < groups; ++g) {
    uint8_t* bytes = static_cast<uint8_t*>(out) + g * stride;
    for (const Vec16& row : rows) {
      for (size_t i = 0; i < 4; ++i) {
        const auto value = static_cast<int8_t>(__builtin_nearbyintf(row.lane[g * 4 + i]));
        *bytes++ = static_cast<uint8_t>(static_cast<uint8_t>(value) ^ flip);
      }
    }
  }
}

// 64 bytes: lane 0 of a, b, c and d, lane 1 of each, ...
inline void store_interleaved(const Vec16& a, const Vec16& b, const Vec16& c, const Vec16& d, int8_t* out) {
  const Vec16* rows[4] = {&a, &b, &c, &d};
  for (size_t i = 0; i < 16; ++i) {
    for (size_t r = 0; r < 4; ++r) out[i * 4 + r] = static_cast<int8_t>(__builtin_nearbyintf(rows[r]->lane[i]));
  }
}

// Of product_f32-inl.h.
constexpr size_t kTileRows = 2;
constexpr size_t kTileChunks = 1;

constexpr size_t kMatmulRows = 1;
constexpr size_t kMatmulChunks = 1;

}  // namespace
}  // namespace fbert::kernels
