#include "engine/pack.h"

#include <algorithm>
#include <cstring>

#include "engine/gemm_f32.h"
#include "kernels/kernels.h"

namespace fbert {
namespace {

constexpr size_t kMostDepth = 768;  // keeps a panel block (96 KiB) in L2 beside the rows it meets

// Values of a row that are moved before those of the next row: a cache line of each stays in L1 meanwhile.
constexpr size_t kRun = 16;

// Transposes rows of `depth` words into a panel of `width` columns. A word is a float, or a depth group of int8.
void transpose_words(const std::byte* rows, size_t row_bytes, size_t columns, size_t depth, std::byte* panel,
                     size_t width) {
  constexpr size_t kWord = 4;
  for (size_t begin = 0; begin < depth; begin += kRun) {
    const size_t end = std::min(begin + kRun, depth);
    for (size_t column = 0; column < columns; ++column) {
      const std::byte* row = rows + column * row_bytes;
      std::byte* out = panel + column * kWord;
      for (size_t k = begin; k < end; ++k) std::memcpy(out + k * width * kWord, row + k * kWord, kWord);
    }
  }
}

int32_t sum(std::span<const int8_t> values) {
  constexpr size_t kSumBlock = 64;  // a loop of known length is vectorised
  int32_t total = 0;
  size_t i = 0;
  for (; i + kSumBlock <= values.size(); i += kSumBlock) {
    for (size_t j = 0; j < kSumBlock; ++j) total += values[i + j];
  }
  for (; i < values.size(); ++i) total += values[i];
  return total;
}

}  // namespace

LinearPacker::LinearPacker(size_t out_features, size_t in_features, Precision precision, Blas blas, Arena& arena) {
  linear_.precision = precision;
  linear_.blas = blas;
  linear_.out_features = out_features;
  linear_.in_features = in_features;
  if (precision == Precision::kInt8) {
    const size_t columns = kernels::round_up(out_features, kernels::kPanelMultiple);
    linear_.int8_panels = int8_panels_ = arena.int8s(columns * kernels::round_up(in_features, kernels::kDepthGroup));
    linear_.scales = scales_ = arena.floats(columns);
    linear_.sum_starts = sum_starts_ = arena.ints(columns);
    linear_.input_mean = input_mean_ = arena.floats(in_features);
  } else {
    if (linear_.by_openblas()) {
      gemm_f32::prepare();
      const size_t depth_blocks = (in_features + kMostDepth - 1) / kMostDepth;
      linear_.block_depth = (in_features + depth_blocks - 1) / depth_blocks;
    }
    linear_.panels = panels_ = arena.floats(in_features * kernels::round_up(out_features, Linear::kColumnMultiple));
  }
  linear_.bias = bias_ = arena.floats(kernels::round_up(out_features, kernels::kPanelMultiple));
}

void LinearPacker::pack(size_t first_row, std::span<const float> rows) const {
  const size_t depth = linear_.in_features;
  const size_t count = rows.size() / depth;
  for (size_t row = 0; row < count; row += panel_rows()) {
    const size_t columns = std::min(panel_rows(), count - row);
    transpose_words(reinterpret_cast<const std::byte*>(&rows[row * depth]), depth * sizeof(float), columns, depth,
                    reinterpret_cast<std::byte*>(panels_ + (first_row + row) * depth),
                    kernels::round_up(columns, Linear::kColumnMultiple));
  }
}

void LinearPacker::pack(size_t first_row, std::span<const int8_t> rows, std::span<const float> scales) const {
  for (size_t row = 0; row < scales.size(); row += panel_rows()) {
    const size_t columns = std::min(panel_rows(), scales.size() - row);
    pack_panel(first_row + row, rows.subspan(row * linear_.in_features, columns * linear_.in_features),
               scales.subspan(row, columns));
  }
}

void LinearPacker::pack_panel(size_t first_row, std::span<const int8_t> rows, std::span<const float> scales) const {
  constexpr size_t kGroup = kernels::kDepthGroup;
  const size_t depth = linear_.in_features;
  const size_t width = kernels::round_up(scales.size(), kernels::kPanelMultiple);
  int8_t* panel = int8_panels_ + first_row * kernels::round_up(depth, kGroup);
  transpose_words(reinterpret_cast<const std::byte*>(rows.data()), depth, scales.size(), depth / kGroup,
                  reinterpret_cast<std::byte*>(panel), width);
  const size_t whole = depth / kGroup * kGroup;
  for (size_t column = 0; column < scales.size(); ++column) {
    const auto row = rows.subspan(column * depth, depth);
    std::copy(row.begin() + static_cast<std::ptrdiff_t>(whole), row.end(), panel + whole * width + column * kGroup);
    scales_[first_row + column] = scales[column];
    sum_starts_[first_row + column] = -128 * sum(row);
  }
}

}  // namespace fbert
