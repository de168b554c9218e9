#pragma once

#include "kernels/float-inl.h"

// The parts of the int8 path that are the same for every instruction set. Needs before it a vec16_*-inl.h and an
// int8_sums_*-inl.h, which has the integer product of a tile.
namespace fbert::kernels {
namespace {

// One row into its place in a row block: the 4 bytes of each depth group, kRowBlock * 4 bytes apart.
inline void quantize_row(const float* x, size_t n, uint8_t* packed, float* scale) {
  Vec16 largest = broadcast(0.0f);
  for_each_chunk(n, [&](size_t i, auto lanes) FBERT_INLINE { largest = max(largest, abs(load(x + i, lanes))); });
  const float top = max_of_lanes(largest);
  *scale = top / 127.0f;
  const Vec16 factor = broadcast(top > 0.0f ? 127.0f / top : 0.0f);
  const size_t groups = (n + kDepthGroup - 1) / kDepthGroup;
  for_each_chunk(n, [&](size_t i, auto lanes) FBERT_INLINE {
    // NaN stands first in min, whose second operand then counts.
    const Vec16 v = max(min(load(x + i, lanes) * factor, broadcast(127.0f)), broadcast(-127.0f));
    const size_t group = i / kDepthGroup;
    store_groups(v, packed + group * (kRowBlock * kDepthGroup), kRowBlock * kDepthGroup,
                 groups - group < 4 ? groups - group : 4);
  });
}

void quantize_rows(const float* x, size_t stride, size_t rows, size_t n, uint8_t* packed, float* scales) {
  const size_t groups = (n + kDepthGroup - 1) / kDepthGroup;
  for (size_t r = 0; r < rows; ++r) {
    uint8_t* block = packed + r / kRowBlock * (groups * kRowBlock * kDepthGroup);
    quantize_row(x + r * stride, n, block + r % kRowBlock * kDepthGroup, scales + r);
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
      for (size_t r = 0; r < rows; ++r) {
        const Vec16 product = load_ints(sums.values[r] + j);
        const Vec16 y = kActivation(fma(product, broadcast(p.a_scales[row + r]) * scale, bias));
        store(p.c + (row + r) * p.c_stride + column + j, y, lanes);
      }
    };
    columns - j >= 16 ? finish_column(AllLanes{}) : finish_column(FirstLanes(columns - j));
  }
}

// Panel by panel, so that each weight comes from memory once, and within a panel row block by row block.
template <Vec16 (*kActivation)(Vec16)>
void multiply_panels(const Int8Product& p) {
  const size_t block_bytes = p.depth_groups * kDepthGroup * kRowBlock;
  const int8_t* panel = p.b;
  for (size_t column = 0; column < p.columns; column += kPanelColumns) {
    const size_t columns = p.columns - column < kPanelColumns ? p.columns - column : kPanelColumns;
    const size_t vectors = (columns + 15) / 16;
    for (size_t row = 0; row < p.rows; row += kRowBlock) {
      const size_t rows = p.rows - row < kRowBlock ? p.rows - row : kRowBlock;
      TileSums sums;
      sum_tile(p.a + row / kRowBlock * block_bytes, panel, p.depth_groups, rows, vectors, p.b_start + column, row == 0,
               sums);
      finish_tile<kActivation>(p, sums, row, rows, column, columns);
    }
    panel += p.depth_groups * kDepthGroup * vectors * 16;
  }
}

void multiply_int8(const Int8Product& p) {
  switch (p.activation) {
    case Activation8::kNone:
      return multiply_panels<identity>(p);
    case Activation8::kGelu:
      return multiply_panels<gelu>(p);
    case Activation8::kGeluTanh:
      return multiply_panels<gelu_tanh>(p);
    case Activation8::kRelu:
      return multiply_panels<relu>(p);
  }
}

// c = x * p for kRows rows and kChunks * 16 columns, of which the last chunk may be partial.
template <size_t kRows, size_t kChunks, typename Lanes>
FBERT_INLINE inline void matmul_tile(const float* x, size_t x_stride, const float* p, size_t p_stride, float* c,
                                     size_t c_stride, size_t depth, Lanes last) {
  Vec16 sums[kRows][kChunks];
  for (auto& row : sums) {
    for (Vec16& sum : row) sum = broadcast(0.0f);
  }
  for (size_t k = 0; k < depth; ++k) {
    Vec16 columns[kChunks];
#pragma GCC unroll 8
    for (size_t j = 0; j + 1 < kChunks; ++j) columns[j] = load(p + k * p_stride + j * 16, AllLanes{});
    columns[kChunks - 1] = load(p + k * p_stride + (kChunks - 1) * 16, last);
#pragma GCC unroll 8
    for (size_t r = 0; r < kRows; ++r) {
      const Vec16 value = broadcast(x[r * x_stride + k]);
#pragma GCC unroll 8
      for (size_t j = 0; j < kChunks; ++j) sums[r][j] = fma(value, columns[j], sums[r][j]);
    }
  }
  for (size_t r = 0; r < kRows; ++r) {
    for (size_t j = 0; j + 1 < kChunks; ++j) store(c + r * c_stride + j * 16, sums[r][j], AllLanes{});
    store(c + r * c_stride + (kChunks - 1) * 16, sums[r][kChunks - 1], last);
  }
}

template <size_t kRows>
FBERT_INLINE inline void matmul_rows(const float* x, size_t x_stride, const float* p, size_t p_stride, float* c,
                                     size_t c_stride, size_t columns, size_t depth) {
  size_t j = 0;
  for (; j + kMatmulChunks * 16 <= columns; j += kMatmulChunks * 16) {
    matmul_tile<kRows, kMatmulChunks>(x, x_stride, p + j, p_stride, c + j, c_stride, depth, AllLanes{});
  }
  for (; j + 16 <= columns; j += 16) {
    matmul_tile<kRows, 1>(x, x_stride, p + j, p_stride, c + j, c_stride, depth, AllLanes{});
  }
  if (j < columns) {
    matmul_tile<kRows, 1>(x, x_stride, p + j, p_stride, c + j, c_stride, depth, FirstLanes(columns - j));
  }
}

void matmul(const float* x, size_t x_stride, const float* p, size_t p_stride, float* c, size_t c_stride, size_t rows,
            size_t columns, size_t depth) {
  size_t r = 0;
  for (; r + kMatmulRows <= rows; r += kMatmulRows) {
    matmul_rows<kMatmulRows>(x + r * x_stride, x_stride, p, p_stride, c + r * c_stride, c_stride, columns, depth);
  }
  for (; r < rows; ++r) {
    matmul_rows<1>(x + r * x_stride, x_stride, p, p_stride, c + r * c_stride, c_stride, columns, depth);
  }
}

// The table of this instruction set.
constexpr KernelTable table(const char* name, const char* description, uint32_t required) {
  return {.name = name,
          .description = description,
          .required = required,
          .add_layer_norm = add_layer_norm,
          .add = add,
          .bias = add_bias_and_apply<identity>,
          .bias_gelu = add_bias_and_apply<gelu>,
          .bias_gelu_tanh = add_bias_and_apply<gelu_tanh>,
          .bias_relu = add_bias_and_apply<relu>,
          .bias_tanh = add_bias_and_apply<tanh>,
          .softmax = softmax,
          .exp = apply<exp>,
          .erf = apply<erf>,
          .tanh = apply<tanh>,
          .sigmoid = apply<sigmoid>,
          .dot = dot,
          .matmul = matmul,
          .quantize_rows = quantize_rows,
          .multiply_int8 = multiply_int8};
}

}  // namespace
}  // namespace fbert::kernels
