#pragma once

#include "kernels/float-inl.h"

// Rows of embedding tables as floats. Needs a vec16_*-inl.h before it.
namespace fbert::kernels {
namespace {

// y[i] = f(16 values from x + i); values behind the last one are zero and not written.
template <typename T, typename F>
FBERT_INLINE inline void widen(const T* x, float* y, size_t n, F f) {
  size_t i = 0;
  for (; i + 16 <= n; i += 16) store(y + i, f(x + i), AllLanes{});
  if (i == n) return;
  T last[16] = {};
  __builtin_memcpy(last, x + i, (n - i) * sizeof(T));
  store(y + i, f(last), FirstLanes(n - i));
}

void widen_f16(const uint16_t* x, float* y, size_t n) {
  widen(x, y, n, [](const uint16_t* p) FBERT_INLINE { return load_halves(p); });
}

void widen_int8(const int8_t* x, float scale, float* y, size_t n) {
  const Vec16 factor = broadcast(scale);
  widen(x, y, n, [&](const int8_t* p) FBERT_INLINE { return load_bytes(p) * factor; });
}

}  // namespace
}  // namespace fbert::kernels
