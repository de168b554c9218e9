#pragma once

#include "kernels/attention_scratch-inl.h"
#include "kernels/int8-inl.h"

// Attention of one head over one sequence, in 8 bits: queries and keys with a scale each, values with a scale for each
// feature, the shares of the keys in 255ths of the largest. Needs before it a vec16_*-inl.h and an int8_sums_*-inl.h.
namespace fbert::kernels {
namespace {

// A block of rows, quantised symmetrically each with its own scale. Rows from `count` on repeat the last one.
struct SymmetricBlock {
  const float* rows[kRowBlock];
  float middle[kRowBlock] = {};
  float factor[kRowBlock];
  float scale[kRowBlock];

  SymmetricBlock(const float* x, size_t stride, size_t count, size_t n) {
    for (size_t r = 0; r < kRowBlock; ++r) {
      rows[r] = x + (r < count ? r : count - 1) * stride;
      const float top = largest_magnitude(rows[r], n);
      factor[r] = quantizing_factor(top);
      scale[r] = top / 127.0f;
    }
  }
};

// Quantises the keys into the columns of an operand B.
inline void pack_keys(const Int8Attention& job, const AttentionScratch& s) {
  const size_t depth = AttentionScratch::up(job.head_size, kDepthGroup);
  for (size_t j = 0; j < job.length; j += kRowBlock) {
    const size_t count = job.length - j < kRowBlock ? job.length - j : kRowBlock;
    const SymmetricBlock block(job.keys + j * job.kv_stride, job.kv_stride, count, job.head_size);
    const size_t panel = j / kPanelColumns * kPanelColumns;
    const size_t width = s.padded_length - panel < kPanelColumns ? s.padded_length - panel : kPanelColumns;
    quantize_block(block.rows, nullptr, block.middle, block.factor, job.head_size, 0,
                   s.keys + panel * depth + (j - panel) * kDepthGroup, width * kDepthGroup);
    for (size_t r = 0; r < kRowBlock; ++r) s.key_scales[j + r] = block.scale[r];
  }
}

// Quantises 16 features of the values, or the fewer of `lanes`, into the columns of an operand B.
template <typename Lanes>
FBERT_INLINE inline void pack_values_of(const Int8Attention& job, size_t feature, Lanes lanes, int8_t* columns,
                                        size_t step, float* scales) {
  Vec16 largest = broadcast(0.0f);
  for (size_t j = 0; j < job.length; ++j) {
    largest = max(abs(load(job.values + j * job.kv_stride + feature, lanes)), largest);
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
    sum_tile(a, b + column * depth, depth / kDepthGroup, rows, columns / 16, starts + column * starts_step, {}, sums);
    f(sums, column, columns);
  }
}

alignas(64) constexpr int32_t kNoStart[kPanelColumns] = {};

// What takes the 128 off the queries again: the sums of the keys, from a product with a row of 128s.
inline void sum_keys(const AttentionScratch& s, size_t depth) {
  __builtin_memset(s.queries, 128, kRowBlock * depth);
  for_each_tile(s.queries, 1, s.keys, depth, s.padded_length, kNoStart, 0,
                [&](const TileSums& sums, size_t column, size_t columns) FBERT_INLINE {
                  for (size_t j = 0; j < columns; ++j) s.key_starts[column + j] = -sums.values[0][j];
                });
}

// scores = queries * keys^T in units of log(2), and the largest of each row.
inline void score_block(const Int8Attention& job, const AttentionScratch& s, size_t row, size_t rows, Vec16* largest) {
  constexpr float kLog2E = 1.44269502f;
  const size_t depth = AttentionScratch::up(job.head_size, kDepthGroup);
  const SymmetricBlock block(job.queries + row * job.query_stride, job.query_stride, rows, job.head_size);
  quantize_block(block.rows, nullptr, block.middle, block.factor, job.head_size, 0x80, s.queries,
                 kRowBlock * kDepthGroup);
  const Vec16 lowest = broadcast(-__builtin_inff());
  for (size_t r = 0; r < rows; ++r) largest[r] = lowest;
  for_each_tile(s.queries, rows, s.keys, depth, s.padded_length, s.key_starts, 1,
                [&](const TileSums& sums, size_t column, size_t columns) FBERT_INLINE {
                  const size_t count = job.length - column < columns ? job.length - column : columns;
                  for (size_t r = 0; r < rows; ++r) {
                    const Vec16 scale = broadcast(block.scale[r] * (job.scale * kLog2E));
                    float* scores = s.scores + r * s.padded_length + column;
                    Vec16 top = largest[r];
                    for_each_chunk(count, [&](size_t j, auto lanes) FBERT_INLINE {
                      const Vec16 key_scale = load(s.key_scales + column + j, AllLanes{});
                      const Vec16 score = load_ints(sums.values[r] + j) * (scale * key_scale);
                      store(scores + j, score, AllLanes{});
                      top = max(keep(score, lowest, lanes), top);
                    });
                    largest[r] = top;
                  }
                });
}

// The shares of the keys: 255 * 2^(score - largest score) for each row, rounded; and 1 over their exact sum.
inline void share_block(const AttentionScratch& s, size_t length, size_t rows, const Vec16* largest,
                        float (&inverse_sums)[kRowBlock]) {
  float top[kRowBlock];
  const float* scores[kRowBlock];
  Vec16 sums[kRowBlock];
  for (size_t r = 0; r < kRowBlock; ++r) {
    const size_t source = r < rows ? r : rows - 1;
    top[r] = max_of_lanes(largest[source]);
    scores[r] = s.scores + source * s.padded_length;
    sums[r] = broadcast(0.0f);
  }
  for_each_chunk(length, [&](size_t i, auto lanes) FBERT_INLINE {
    Vec16 block[kRowBlock];
#pragma GCC unroll 8
    for (size_t r = 0; r < kRowBlock; ++r) {
      const Vec16 share = round_to_whole(exp2_255(load(scores[r] + i, lanes) - broadcast(top[r])));
      const Vec16 kept = keep(share, broadcast(0.0f), lanes);
      sums[r] = sums[r] + kept;
      block[r] = kept - broadcast(128.0f);
    }
    store_block(block, 0x80, s.shares + i * kRowBlock, kRowBlock * kDepthGroup, groups_of_chunk(length, i));
  });
  for (size_t r = 0; r < rows; ++r) inverse_sums[r] = 1.0f / sum_of_lanes(sums[r]);
}

// context = shares * values.
inline void mix_block(const Int8Attention& job, const AttentionScratch& s, size_t row, size_t rows,
                      const float (&inverse_sums)[kRowBlock]) {
  for_each_tile(s.shares, rows, s.values, AttentionScratch::up(job.length, kDepthGroup),
                AttentionScratch::up(job.head_size, kPanelMultiple), kNoStart, 0,
                [&](const TileSums& sums, size_t column, size_t columns) FBERT_INLINE {
                  const size_t count = job.head_size - column < columns ? job.head_size - column : columns;
                  for (size_t r = 0; r < rows; ++r) {
                    const Vec16 scale = broadcast(inverse_sums[r]);
                    float* context = job.context + (row + r) * job.context_stride + column;
                    for_each_chunk(count, [&](size_t j, auto lanes) FBERT_INLINE {
                      const Vec16 value_scale = load(s.value_scales + column + j, AllLanes{});
                      store(context + j, load_ints(sums.values[r] + j) * (scale * value_scale), lanes);
                    });
                  }
                });
}

void attend_int8(const Int8Attention& job) {
  const AttentionScratch s(job.scratch, job.length, job.head_size);
  pack_keys(job, s);
  sum_keys(s, AttentionScratch::up(job.head_size, kDepthGroup));
  pack_values(job, s);
  for (size_t row = 0; row < job.query_count; row += kRowBlock) {
    const size_t rows = job.query_count - row < kRowBlock ? job.query_count - row : kRowBlock;
    Vec16 largest[kRowBlock];
    float inverse_sums[kRowBlock];
    score_block(job, s, row, rows, largest);
    share_block(s, job.length, rows, largest, inverse_sums);
    mix_block(job, s, row, rows, inverse_sums);
  }
}

}  // namespace
}  // namespace fbert::kernels
