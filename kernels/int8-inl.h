#pragma once

#include "kernels/float-inl.h"

// The parts of the int8 path that are the same for every instruction set. Needs before it a vec16_*-inl.h and an
// int8_sums_*-inl.h, which has the integer product of a tile.
namespace fbert::kernels {
namespace {

// Without the NaN, which stand first in max.
inline float largest_magnitude(const float* x, size_t n) {
  Vec16 largest = broadcast(0.0f);
  for_each_chunk(n, [&](size_t i, auto lanes) FBERT_INLINE { largest = max(abs(load(x + i, lanes)), largest); });
  return max_of_lanes(largest);
}

// What values up to `top` are multiplied with to lie in [-127, 127].
inline float quantizing_factor(float top) { return top > 0.0f ? 127.0f / top : 0.0f; }

// NaN stands first in min, whose second operand then counts.
inline Vec16 clamp_to_range(Vec16 x) { return max(min(x, broadcast(127.0f)), broadcast(-127.0f)); }

inline Vec16 round_in_range(Vec16 x) { return round_to_whole(clamp_to_range(x)); }

// Depth groups that begin in the chunk at value i of n.
inline size_t groups_of_chunk(size_t n, size_t i) {
  return n - i >= 16 ? 16 / kDepthGroup : (n - i + kDepthGroup - 1) / kDepthGroup;
}

// The smallest and the largest value of a row less `centre`, without the NaN.
struct Range {
  float low, high;
};

inline Range range_of(const float* x, const float* centre, size_t n) {
  const Vec16 lowest = broadcast(-__builtin_inff());
  Vec16 high = lowest;
  Vec16 minus_low = lowest;
  for_each_chunk(n, [&](size_t i, auto lanes) FBERT_INLINE {
    const Vec16 v = load(x + i, lanes) - load(centre + i, lanes);
    high = max(keep(v, lowest, lanes), high);
    minus_low = max(keep(broadcast(0.0f) - v, lowest, lanes), minus_low);
  });
  return {-max_of_lanes(minus_low), max_of_lanes(high)};
}

// Quantises a block of rows: each value less that of `centre` (null: none) and its row's `middle`, times the row's
// `factor`. 32 bytes for each depth group, `stride` bytes apart.
inline void quantize_block(const float* const (&rows)[kRowBlock], const float* centre, const float (&middle)[kRowBlock],
                           const float (&factor)[kRowBlock], size_t n, uint8_t flip, void* out, size_t stride) {
  for_each_chunk(n, [&](size_t i, auto lanes) FBERT_INLINE {
    const Vec16 centres = centre != nullptr ? load(centre + i, lanes) : broadcast(0.0f);
    Vec16 block[kRowBlock];
#pragma GCC unroll 8
    for (size_t r = 0; r < kRowBlock; ++r) {
      const Vec16 centred = load(rows[r] + i, lanes) - centres;
      block[r] = clamp_to_range((centred - broadcast(middle[r])) * broadcast(factor[r]));
    }
    store_block(block, flip, static_cast<uint8_t*>(out) + i / kDepthGroup * stride, stride, groups_of_chunk(n, i));
  });
}

void quantize_rows(const float* x, size_t stride, size_t rows, size_t n, const float* centre, uint8_t* packed,
                   QuantizedRow* quantized) {
  const size_t groups = (n + kDepthGroup - 1) / kDepthGroup;
  for (size_t first = 0; first < rows; first += kRowBlock) {
    const float* block[kRowBlock];
    float middle[kRowBlock];
    float factor[kRowBlock];
    for (size_t r = 0; r < kRowBlock; ++r) {
      if (first + r >= rows) {  // the last block is filled up with its last row
        block[r] = block[r - 1];
        middle[r] = middle[r - 1];
        factor[r] = factor[r - 1];
        continue;
      }
      block[r] = x + (first + r) * stride;
      const Range range = range_of(block[r], centre, n);
      const float top = 0.5f * range.high - 0.5f * range.low;
      middle[r] = 0.5f * range.low + 0.5f * range.high;
      factor[r] = quantizing_factor(top);
      quantized[first + r] = {top / 127.0f, middle[r]};
    }
    quantize_block(block, centre, middle, factor, n, 0x80, packed + first * groups * kDepthGroup,
                   kRowBlock * kDepthGroup);
  }
}

// Writes activation(sums * scales + bias) of a tile's rows and columns.
template <Vec16 (*kActivation)(Vec16)>
inline void finish_tile(const Int8Product& p, const TileSums& sums, size_t row, size_t rows, size_t column,
                        size_t columns) {
  for (size_t j = 0; j < columns; j += 16) {
    const auto finish_column = [&](auto lanes) FBERT_INLINE {
      const Vec16 scale = load(p.b_scales + column + j, lanes);
      const Vec16 bias = load(p.bias + column + j, lanes);
      const Vec16 weight_sum = load_ints(p.b_start + column + j) * (scale * broadcast(-1.0f / 128.0f));
      for (size_t r = 0; r < rows; ++r) {
        const QuantizedRow& a = p.a_rows[row + r];
        const Vec16 product = load_ints(sums.values[r] + j);
        const Vec16 offset = fma(broadcast(a.middle), weight_sum, bias);
        const Vec16 y = kActivation(fma(product, broadcast(a.scale) * scale, offset));
        store(p.c + (row + r) * p.c_stride + column + j, y, lanes);
      }
    };
    columns - j >= 16 ? finish_column(AllLanes{}) : finish_column(FirstLanes(columns - j));
  }
}

// What the row blocks of a panel fetch: as many bytes as the panel has at `next` and at `later`, where they are not
// null, in parts as small as the number of blocks allows. Were all of it fetched beside the first block, the fetches
// would wait for each other: DistilBERT with 16 tokens takes 2 % longer so on one thread and 8 % on two. A panel of a
// single block leaves `later`: it waits for `next` as it is.
class Fetches {
 public:
  Fetches(const int8_t* next, const int8_t* later, size_t blocks) {
    add(next);
    add(later);
    const size_t part = (count_ + blocks - 1) / blocks;
    part_ = part < kGroupLines ? part : kGroupLines;
  }

  Ahead beside(size_t block) const {
    Ahead ahead;
    const size_t first = block * part_;
    while (ahead.count < part_ && first + ahead.count < count_) {
      ahead.lines[ahead.count] = lines_[first + ahead.count];
      ++ahead.count;
    }
    return ahead;
  }

 private:
  void add(const int8_t* panel) {
    for (size_t i = 0; panel != nullptr && i < kGroupLines; ++i) lines_[count_++] = panel + i * kLineBytes;
  }

  const int8_t* lines_[2 * kGroupLines];
  size_t count_ = 0;
  size_t part_;
};

// Panel by panel, so that each weight comes from memory once, and within a panel row block by row block.
template <Vec16 (*kActivation)(Vec16)>
void multiply_panels(const Int8Product& p) {
  const size_t block_bytes = p.depth_groups * kDepthGroup * kRowBlock;
  const size_t blocks = (p.rows + kRowBlock - 1) / kRowBlock;
  const int8_t* panel = p.b;
  for (size_t column = 0; column < p.columns; column += kPanelColumns) {
    const size_t columns = p.columns - column < kPanelColumns ? p.columns - column : kPanelColumns;
    const size_t vectors = (columns + 15) / 16;
    const int8_t* next_panel = panel + p.depth_groups * kDepthGroup * vectors * 16;
    const int8_t* next = column + kPanelColumns < p.columns ? next_panel : p.next;
    const int8_t* later = p.later != nullptr ? p.later + (panel - p.b) : nullptr;
    const Fetches fetches(next, later, blocks);
    for (size_t block = 0; block < blocks; ++block) {
      const size_t row = block * kRowBlock;
      const size_t rows = p.rows - row < kRowBlock ? p.rows - row : kRowBlock;
      for (size_t r = row; r < row + rows; ++r) claim(p.c + r * p.c_stride + column, columns * sizeof(float));
      TileSums sums;
      sum_tile(p.a + block * block_bytes, panel, p.depth_groups, rows, vectors, p.b_start + column,
               fetches.beside(block), sums);
      finish_tile<kActivation>(p, sums, row, rows, column, columns);
    }
    panel = next_panel;
  }
}

void multiply_int8(const Int8Product& p) {
  switch (p.activation) {
    case Activation::kNone:
      return multiply_panels<identity>(p);
    case Activation::kGelu:
      return multiply_panels<gelu_short>(p);
    case Activation::kGeluTanh:
      return multiply_panels<gelu_tanh>(p);
    case Activation::kRelu:
      return multiply_panels<relu>(p);
    case Activation::kTanh:
      return multiply_panels<tanh>(p);
  }
}

}  // namespace
}  // namespace fbert::kernels
