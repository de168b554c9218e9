#pragma once

#include "kernels/math-inl.h"

// The loops below keep their partial results in registers only when their bodies are inlined.
#define FBERT_INLINE __attribute__((always_inline))

// The float functions of KernelTable, the same for every instruction set. Needs a vec16_*-inl.h before it.
namespace fbert::kernels {
namespace {

// Calls f(i, lanes) for the values i to i + 15 of each chunk of n values; the last chunk may have fewer.
template <typename F>
FBERT_INLINE inline void for_each_chunk(size_t n, F f) {
  size_t i = 0;
  for (; i + 16 <= n; i += 16) f(i, AllLanes{});
  if (i < n) f(i, FirstLanes(n - i));
}

// The same for reductions, which keep four partial results so as not to wait for the last addition:
// f(i, lanes, k) adds to partial result k.
template <typename F>
FBERT_INLINE inline void for_each_chunk_of_four(size_t n, F f) {
  size_t i = 0;
  for (; i + 64 <= n; i += 64) {
    f(i, AllLanes{}, 0);
    f(i + 16, AllLanes{}, 1);
    f(i + 32, AllLanes{}, 2);
    f(i + 48, AllLanes{}, 3);
  }
  for (; i + 16 <= n; i += 16) f(i, AllLanes{}, 0);
  if (i < n) f(i, FirstLanes(n - i), 0);
}

// Calls f(r) for every row, the even ones first. Where rows are adjacent and end in a partial chunk, the masked store
// of that chunk stalls a load from the following row.
template <typename F>
FBERT_INLINE inline void for_each_row(size_t rows, F f) {
  for (size_t odd = 0; odd < 2; ++odd) {
    for (size_t r = odd; r < rows; r += 2) f(r);
  }
}

struct PartialSums {
  Vec16 k[4] = {broadcast(0.0f), broadcast(0.0f), broadcast(0.0f), broadcast(0.0f)};
};

inline float total(const PartialSums& s) { return sum_of_lanes((s.k[0] + s.k[1]) + (s.k[2] + s.k[3])); }

// A row that is written by one pass and read by the next. Its last, partial chunk waits in a register: a masked load
// soon after a masked store of the same address stalls for longer than a whole short row takes.
struct ScratchRow {
  float* values;
  Vec16 last = broadcast(0.0f);

  FBERT_INLINE void put(size_t i, Vec16 v, AllLanes lanes) { store(values + i, v, lanes); }
  FBERT_INLINE void put(size_t, Vec16 v, FirstLanes) { last = v; }
  FBERT_INLINE Vec16 get(size_t i, AllLanes lanes) const { return load(values + i, lanes); }
  FBERT_INLINE Vec16 get(size_t, FirstLanes) const { return last; }
};

// Two passes over the differences from the mean; the second corrects what rounding left in the mean, so that a constant
// row, or a row far from zero, is normalised as well as any other.
void add_layer_norm(const float* x, size_t x_stride, const float* residual, size_t residual_stride, const float* gamma,
                    const float* beta, float eps, float* y, size_t y_stride, size_t rows, size_t n) {
  const float count = static_cast<float>(n);
  for_each_row(rows, [&](size_t r) FBERT_INLINE {
    const float* in = x + r * x_stride;
    const float* add = residual == nullptr ? nullptr : residual + r * residual_stride;
    float* out = y + r * y_stride;
    ScratchRow row{out};

    PartialSums sum;
    for_each_chunk_of_four(n, [&](size_t i, auto lanes, int k) FBERT_INLINE {
      Vec16 v = load(in + i, lanes);
      if (add != nullptr) v = v + load(add + i, lanes);
      row.put(i, v, lanes);
      sum.k[k] = sum.k[k] + v;
    });
    const Vec16 mean = broadcast(total(sum) / count);

    PartialSums difference, square;
    for_each_chunk_of_four(n, [&](size_t i, auto lanes, int k) FBERT_INLINE {
      const Vec16 d = row.get(i, lanes) - mean;
      row.put(i, d, lanes);
      const Vec16 kept = keep(d, broadcast(0.0f), lanes);
      difference.k[k] = difference.k[k] + kept;
      square.k[k] = fma(kept, kept, square.k[k]);
    });
    const Vec16 correction = broadcast(total(difference) / count);
    const Vec16 variance = max(broadcast(0.0f), fnma(correction, correction, broadcast(total(square) / count)));
    const Vec16 scale = broadcast(1.0f) / sqrt(variance + broadcast(eps));

    const Vec16 shift = broadcast(0.0f) - correction * scale;
    for_each_chunk(n, [&](size_t i, auto lanes) FBERT_INLINE {
      const Vec16 normal = fma(row.get(i, lanes), scale, shift);
      store(out + i, fma(normal, load(gamma + i, lanes), load(beta + i, lanes)), lanes);
    });
  });
}

void add(const float* a, const float* b, const float* c, float* y, size_t n) {
  for_each_chunk(n, [&](size_t i, auto lanes) FBERT_INLINE {
    Vec16 v = load(a + i, lanes) + load(b + i, lanes);
    if (c != nullptr) v = v + load(c + i, lanes);
    store(y + i, v, lanes);
  });
}

template <Vec16 (*kFunction)(Vec16)>
void apply(const float* x, float* y, size_t n) {
  for_each_chunk(n, [&](size_t i, auto lanes) FBERT_INLINE { store(y + i, kFunction(load(x + i, lanes)), lanes); });
}

template <Vec16 (*kActivation)(Vec16)>
void add_bias_and_apply(float* x, size_t stride, const float* bias, size_t rows, size_t n) {
  for_each_row(rows, [&](size_t r) FBERT_INLINE {
    float* row = x + r * stride;
    for_each_chunk(n, [&](size_t i, auto lanes) FBERT_INLINE {
      store(row + i, kActivation(load(row + i, lanes) + load(bias + i, lanes)), lanes);
    });
  });
}

void softmax(float* x, size_t stride, float scale, size_t rows, size_t n) {
  const Vec16 lowest = broadcast(-__builtin_inff());
  for_each_row(rows, [&](size_t r) FBERT_INLINE {
    float* row = x + r * stride;
    Vec16 largest = lowest;
    for_each_chunk(n, [&](size_t i, auto lanes)
                          FBERT_INLINE { largest = max(largest, keep(load(row + i, lanes), lowest, lanes)); });
    const Vec16 top = broadcast(max_of_lanes(largest));

    ScratchRow exps{row};
    PartialSums sum;
    for_each_chunk_of_four(n, [&](size_t i, auto lanes, int k) FBERT_INLINE {
      // Subtracted before it is scaled, so that nothing finite can overflow to infinity minus infinity.
      const Vec16 e = exp((load(row + i, lanes) - top) * broadcast(scale));
      exps.put(i, e, lanes);
      sum.k[k] = sum.k[k] + keep(e, broadcast(0.0f), lanes);
    });
    const Vec16 share = broadcast(1.0f) / broadcast(total(sum));
    for_each_chunk(n, [&](size_t i, auto lanes) FBERT_INLINE { store(row + i, exps.get(i, lanes) * share, lanes); });
  });
}

float dot(const float* a, const float* b, size_t n) {
  PartialSums sum;
  for_each_chunk_of_four(n, [&](size_t i, auto lanes, int k)
                                FBERT_INLINE { sum.k[k] = fma(load(a + i, lanes), load(b + i, lanes), sum.k[k]); });
  return total(sum);
}

}  // namespace
}  // namespace fbert::kernels
