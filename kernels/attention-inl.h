#pragma once

#include "kernels/attention_scratch.h"
#include "kernels/int8-inl.h"

// Attention of one head over one sequence, in 8 bits: queries and keys with a scale each, values with a scale for each
// feature, the shares of the keys in 255ths of the largest. Needs before it a vec16_*-inl.h and an int8_sums_*-inl.h.
namespace fbert::kernels {
namespace {

// Quantises the keys into the columns of an operand B.
inline void pack_keys(const Int8Attention& job, const AttentionScratch& s) {
  const size_t depth = AttentionScratch::up(job.head_size, kDepthGroup);
  for (size_t j = 0; j < job.length; ++j) {
    const size_t panel = j / kPanelColumns * kPanelColumns;
    const size_t width = s.padded_length - panel < kPanelColumns ? s.padded_length - panel : kPanelColumns;
    const float* key = job.keys + j * job.kv_stride;
    const float top = largest_magnitude(key, job.head_size);
    const Vec16 factor = quantizing_factor(top);
    int8_t* column = s.keys + panel * depth + (j - panel) * kDepthGroup;
    Vec16 sum = broadcast(0.0f);
    for_each_chunk(job.head_size, [&](size_t i, auto lanes) FBERT_INLINE {
      const Vec16 v = round_in_range(load(key + i, lanes) * factor);
      sum = sum + v;
      store_groups(v, 0, column + i * width, width * kDepthGroup, groups_of_chunk(job.head_size, i));
    });
    s.key_scales[j] = top / 127.0f;
    s.key_starts[j] = -128 * static_cast<int32_t>(sum_of_lanes(sum));
  }
}

// Quantises 16 features of the values, or the fewer of `lanes`, into the columns of an operand B.
template <typename Lanes>
FBERT_INLINE inline void pack_values_of(const Int8Attention& job, size_t feature, Lanes lanes, int8_t* columns,
                                        size_t step, float* scales) {
  Vec16 largest = broadcast(0.0f);
  for (size_t j = 0; j < job.length; ++j) {
    largest = max(largest, abs(load(job.values + j * job.kv_stride + feature, lanes)));
  }
  const Vec16 zero = broadcast(0.0f);
  const Vec16 factor = select(less(zero, largest), broadcast(127.0f) / largest, zero);
  store(scales, largest / broadcast(127.0f), AllLanes{});
  const auto value = [&](size_t j) FBERT_INLINE {
    if (j >= job.length) return zero;
    return round_in_range(load(job.values + j * job.kv_stride + feature, lanes) * factor);
  };
  for (size_t j = 0; j < job.length; j += kDepthGroup) {
    store_interleaved(value(j), value(j + 1), value(j + 2), value(j + 3), columns);
    columns += step;
  }
}

inline void pack_values(const Int8Attention& job, const AttentionScratch& s) {
  const size_t columns = AttentionScratch::up(job.head_size, kPanelMultiple);
  const size_t key_depth = AttentionScratch::up(job.length, kDepthGroup);
  for_each_chunk(job.head_size, [&](size_t i, auto lanes) FBERT_INLINE {
    const size_t panel = i / kPanelColumns * kPanelColumns;
    const size_t width = columns - panel < kPanelColumns ? columns - panel : kPanelColumns;
    pack_values_of(job, i, lanes, s.values + panel * key_depth + (i - panel) * kDepthGroup, width * kDepthGroup,
                   s.value_scales + i);
  });
}

// Calls f(sums, column, columns) for each panel of the product of one row block.
template <typename F>
FBERT_INLINE inline void for_each_tile(const uint8_t* a, size_t rows, const int8_t* b, size_t depth,
                                       size_t padded_columns, const int32_t* starts, size_t starts_step, F f) {
  for (size_t column = 0; column < padded_columns; column += kPanelColumns) {
    const size_t columns = padded_columns - column < kPanelColumns ? padded_columns - column : kPanelColumns;
    TileSums sums;
    sum_tile(a, b + column * depth, depth / kDepthGroup, rows, columns / 16, starts + column * starts_step, nullptr,
             sums);
    f(sums, column, columns);
  }
}

// The shares of the keys for one query: 255 * 2^(score - largest score), rounded. Returns their sum, which is exact.
inline float shares_of(const float* scores, size_t length, uint8_t* shares) {
  const Vec16 lowest = broadcast(-__builtin_inff());
  Vec16 largest = lowest;
  for_each_chunk(length, [&](size_t i, auto lanes)
                             FBERT_INLINE { largest = max(largest, keep(load(scores + i, lanes), lowest, lanes)); });
  const Vec16 top = broadcast(max_of_lanes(largest));
  Vec16 sum = broadcast(0.0f);
  for_each_chunk(length, [&](size_t i, auto lanes) FBERT_INLINE {
    const Vec16 share = round_to_whole(exp2_255(load(scores + i, lanes) - top));
    const Vec16 kept = keep(share, broadcast(0.0f), lanes);
    sum = sum + kept;
    store_groups(kept - broadcast(128.0f), 0x80, shares + i / kDepthGroup * (kRowBlock * kDepthGroup),
                 kRowBlock * kDepthGroup, groups_of_chunk(length, i));
  });
  return sum_of_lanes(sum);
}

void attend_int8(const Int8Attention& job) {
  constexpr float kLog2E = 1.44269502f;
  alignas(64) constexpr int32_t kNoStart[kPanelColumns] = {};
  const AttentionScratch s(job.scratch, job.length, job.head_size);
  const size_t depth = AttentionScratch::up(job.head_size, kDepthGroup);
  const size_t key_depth = AttentionScratch::up(job.length, kDepthGroup);
  const size_t padded_head = AttentionScratch::up(job.head_size, kPanelMultiple);
  pack_keys(job, s);
  pack_values(job, s);
  for (size_t row = 0; row < job.query_count; row += kRowBlock) {
    const size_t rows = job.query_count - row < kRowBlock ? job.query_count - row : kRowBlock;
    float query_scales[kRowBlock];
    quantize_rows(job.queries + row * job.query_stride, job.query_stride, rows, job.head_size, s.queries, query_scales);

    for_each_tile(s.queries, rows, s.keys, depth, s.padded_length, s.key_starts, 1,
                  [&](const TileSums& sums, size_t column, size_t columns) FBERT_INLINE {
                    for (size_t r = 0; r < rows; ++r) {
                      const Vec16 scale = broadcast(query_scales[r] * (job.scale * kLog2E));
                      float* scores = s.scores + r * s.padded_length + column;
                      for (size_t j = 0; j < columns; j += 16) {
                        const Vec16 key_scale = load(s.key_scales + column + j, AllLanes{});
                        store(scores + j, load_ints(sums.values[r] + j) * (scale * key_scale), AllLanes{});
                      }
                    }
                  });

    float shares_scales[kRowBlock];
    for (size_t r = 0; r < rows; ++r) {
      shares_scales[r] = 1.0f / shares_of(s.scores + r * s.padded_length, job.length, s.shares + r * kDepthGroup);
    }

    for_each_tile(s.shares, rows, s.values, key_depth, padded_head, kNoStart, 0,
                  [&](const TileSums& sums, size_t column, size_t columns) FBERT_INLINE {
                    for (size_t r = 0; r < rows; ++r) {
                      const Vec16 scale = broadcast(shares_scales[r]);
                      float* context = job.context + (row + r) * job.context_stride + column;
                      const size_t count = job.head_size - column < columns ? job.head_size - column : columns;
                      for_each_chunk(count, [&](size_t j, auto lanes) FBERT_INLINE {
                        const Vec16 value_scale = load(s.value_scales + column + j, AllLanes{});
                        store(context + j, load_ints(sums.values[r] + j) * (scale * value_scale), lanes);
                      });
                    }
                  });
  }
}

}  // namespace
}  // namespace fbert::kernels
