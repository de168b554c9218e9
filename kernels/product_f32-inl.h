#pragma once

#include "kernels/fetch-inl.h"
#include "kernels/float-inl.h"

// The product of floats with packed weights. Needs before it a vec16_*-inl.h, which says how large a tile's sums stay
// in registers: kTileRows rows of kTileChunks * 16 columns.
//
// Every output is one chain of fused operations in the order of depth, whatever the tile it falls into: the same bits
// on every instruction set, for any number of rows beside it.
namespace fbert::kernels {
namespace {

// Of a block of weights: 144 KiB of a panel, which stay in the second-level cache while the block meets all rows,
// beside the block that is fetched meanwhile.
constexpr size_t kTileDepth = 768;

// Rows of x that meet columns of a panel, `width` columns wide.
struct FloatTile {
  const float* x;  // (rows, depth)
  size_t x_stride;
  const float* weights;  // (depth, columns), `width` apart
  size_t width;
  size_t depth;
};

struct FloatSums {
  alignas(64) float values[kTileRows][kTileChunks * 16];
};

// What a tile fetches into the second-level cache meanwhile: `lines` cache lines from `first` on, in every kFetchSteps
// steps of depth.
constexpr size_t kFetchSteps = 4;
struct LinesAhead {
  const int8_t* first = nullptr;
  size_t lines = 0;
};

// sums += x * weights. Not inlined: where g++ 12 inlines it, it may spill the sums.
template <size_t kRows, size_t kChunks>
__attribute__((noinline)) void add_products_of(const FloatTile& tile, LinesAhead ahead, FloatSums& out) {
  Vec16 sums[kRows][kChunks];
#pragma GCC unroll 16
  for (size_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 4
    for (size_t j = 0; j < kChunks; ++j) sums[r][j] = load(out.values[r] + j * 16, AllLanes{});
  }
  const float* x = tile.x;
  const float* weights = tile.weights;
  const size_t x_stride = tile.x_stride, width = tile.width;
  const auto step = [&](size_t k) FBERT_INLINE {
    Vec16 columns[kChunks];
#pragma GCC unroll 4
    for (size_t j = 0; j < kChunks; ++j) columns[j] = load(weights + j * 16, AllLanes{});
#pragma GCC unroll 16
    for (size_t r = 0; r < kRows; ++r) {
      const Vec16 value = broadcast(x[r * x_stride + k]);
#pragma GCC unroll 4
      for (size_t j = 0; j < kChunks; ++j) sums[r][j] = fma(value, columns[j], sums[r][j]);
    }
    weights += width;
  };
  size_t k = 0;
  for (; k + kFetchSteps <= tile.depth; k += kFetchSteps) {
    for (size_t i = 0; i < ahead.lines; ++i) __builtin_prefetch(ahead.first + i * kLineBytes, 0, 2);
    ahead.first += ahead.lines * kLineBytes;
    step(k);
    step(k + 1);
    step(k + 2);
    step(k + 3);
  }
  for (; k < tile.depth; ++k) step(k);
#pragma GCC unroll 16
  for (size_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 4
    for (size_t j = 0; j < kChunks; ++j) store(out.values[r] + j * 16, sums[r][j], AllLanes{});
  }
}

// The same for 1 to kRows rows and 1 to kChunks * 16 columns.
template <size_t kRows, size_t kChunks>
inline void add_products(size_t rows, size_t columns, const FloatTile& tile, const LinesAhead& ahead, FloatSums& sums) {
  if constexpr (kChunks > 1) {
    if (columns <= (kChunks - 1) * 16) return add_products<kRows, kChunks - 1>(rows, columns, tile, ahead, sums);
  }
  if constexpr (kRows > 1) {
    if (rows < kRows) return add_products<kRows - 1, kChunks>(rows, columns, tile, ahead, sums);
  }
  add_products_of<kRows, kChunks>(tile, ahead, sums);
}

// Rows of y that are sums until all of their depth is in: from y, and back.
inline void load_sums(const float* y, size_t y_stride, size_t rows, size_t columns, FloatSums& sums) {
  for_each_chunk(columns, [&](size_t j, auto lanes) FBERT_INLINE {
    for (size_t r = 0; r < rows; ++r) store(sums.values[r] + j, load(y + r * y_stride + j, lanes), AllLanes{});
  });
}
inline void store_sums(const FloatSums& sums, size_t rows, size_t columns, float* y, size_t y_stride) {
  for_each_chunk(columns, [&](size_t j, auto lanes) FBERT_INLINE {
    for (size_t r = 0; r < rows; ++r) store(y + r * y_stride + j, load(sums.values[r] + j, AllLanes{}), lanes);
  });
}

// Writes activation(sums + bias).
template <Vec16 (*kActivation)(Vec16)>
inline void finish_sums(const FloatSums& sums, const float* bias, size_t rows, size_t columns, float* y,
                        size_t y_stride) {
  for_each_chunk(columns, [&](size_t j, auto lanes) FBERT_INLINE {
    const Vec16 own_bias = load(bias + j, lanes);
    for (size_t r = 0; r < rows; ++r) {
      store(y + r * y_stride + j, kActivation(load(sums.values[r] + j, AllLanes{}) + own_bias), lanes);
    }
  });
}

// Of the parts, about equal, in which `count` tiles of `depth` steps fetch a range of memory, that of tile `index`.
inline LinesAhead part_of(const int8_t* memory, size_t bytes, size_t index, size_t count, size_t depth) {
  const size_t fetches = depth / kFetchSteps;  // of a tile
  if (memory == nullptr || fetches == 0) return {};
  const size_t lines = bytes / kLineBytes;
  const size_t at_once = (lines + fetches * count - 1) / (fetches * count);
  const size_t first = index * fetches * at_once;
  return first < lines ? LinesAhead{memory + first * kLineBytes, at_once} : LinesAhead{};
}

// Panel by panel, so that each weight comes from memory once. A panel is cut into blocks of its depth, which stay in
// the second-level cache beside the one that is fetched meanwhile, and a block into strips as wide as a tile. A strip
// meets the rows tile by tile, all tiles about as high.
template <Vec16 (*kActivation)(Vec16)>
void multiply_float_panels(const FloatProduct& p) {
  constexpr size_t kStrip = kTileChunks * 16;
  const size_t tiles = (p.rows + kTileRows - 1) / kTileRows;
  const size_t blocks = (p.depth + kTileDepth - 1) / kTileDepth;
  const float* weights = p.panels;
  for (size_t panel = 0; panel < p.columns; panel += kPanelColumns) {
    const size_t panel_columns = p.columns - panel < kPanelColumns ? p.columns - panel : kPanelColumns;
    const size_t width = (panel_columns + 15) / 16 * 16;
    const size_t strips = (width + kStrip - 1) / kStrip;
    for (size_t block = 0; block < blocks; ++block) {
      const size_t k = p.depth * block / blocks;
      const size_t depth = p.depth * (block + 1) / blocks - k;
      const bool is_last = panel + kPanelColumns >= p.columns && block + 1 == blocks;
      const int8_t* next = is_last ? p.next : reinterpret_cast<const int8_t*>(weights + depth * width);
      for (size_t i = 0; i < strips * tiles; ++i) {
        const size_t strip = i / tiles * kStrip, tile = i % tiles;
        const size_t columns = panel_columns - strip < kStrip ? panel_columns - strip : kStrip;
        const size_t row = p.rows * tile / tiles;
        const size_t rows = p.rows * (tile + 1) / tiles - row;
        float* y = p.y + row * p.y_stride + panel + strip;
        FloatSums sums{};
        if (block == 0) {
          for (size_t r = 0; r < rows; ++r) claim(y + r * p.y_stride, columns * sizeof(float));
        } else {
          load_sums(y, p.y_stride, rows, columns, sums);
        }
        add_products<kTileRows, kTileChunks>(
            rows, columns, {p.x + row * p.x_stride + k, p.x_stride, weights + strip, width, depth},
            part_of(next, depth * width * sizeof(float), i, strips * tiles, depth), sums);
        if (block + 1 < blocks) {
          store_sums(sums, rows, columns, y, p.y_stride);
        } else {
          finish_sums<kActivation>(sums, p.bias + panel + strip, rows, columns, y, p.y_stride);
        }
      }
      weights += depth * width;
    }
  }
}

void multiply_f32(const FloatProduct& p) {
  switch (p.activation) {
    case Activation::kNone:
      return multiply_float_panels<identity>(p);
    case Activation::kGelu:
      return multiply_float_panels<gelu>(p);
    case Activation::kGeluTanh:
      return multiply_float_panels<gelu_tanh>(p);
    case Activation::kRelu:
      return multiply_float_panels<relu>(p);
    case Activation::kTanh:
      return multiply_float_panels<tanh>(p);
  }
}

}  // namespace
}  // namespace fbert::kernels
