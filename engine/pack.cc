#include <algorithm>
#include <cmath>

#include "engine/linear.h"

namespace fbert {
namespace {

constexpr size_t kMostDepth = 768;  // keeps a panel block (96 KiB) in L2 beside the rows it meets

size_t round_up(size_t n, size_t multiple) { return (n + multiple - 1) / multiple * multiple; }

void pack_f32(std::span<const float> weight, Linear& linear, Arena& arena) {
  const size_t most_depth = linear.precision == Precision::kExact ? linear.in_features : kMostDepth;
  const size_t depth_blocks = (linear.in_features + most_depth - 1) / most_depth;
  linear.block_depth = (linear.in_features + depth_blocks - 1) / depth_blocks;
  float* packed = arena.floats(linear.in_features * round_up(linear.out_features, Linear::kColumnMultiple));
  linear.panels = packed;
  for (size_t column = 0; column < linear.out_features; column += Linear::kPanelColumns) {
    const size_t columns = std::min(Linear::kPanelColumns, linear.out_features - column);
    for (size_t k = 0; k < linear.in_features; ++k) {
      for (size_t c = 0; c < columns; ++c) packed[c] = weight[(column + c) * linear.in_features + k];
      packed += round_up(columns, Linear::kColumnMultiple);
    }
  }
}

// Quantises one output feature into its column of a panel of `width` columns, and returns the sum of its values.
int32_t pack_column(std::span<const float> weights, float scale, int8_t* column, size_t width) {
  int32_t sum = 0;
  for (size_t k = 0; k < weights.size(); ++k) {
    const float value = scale > 0.0F ? std::nearbyint(weights[k] / scale) : 0.0F;
    const auto quantized = static_cast<int8_t>(std::clamp(value, -127.0F, 127.0F));
    column[k / kernels::kDepthGroup * width * kernels::kDepthGroup + k % kernels::kDepthGroup] = quantized;
    sum += quantized;
  }
  return sum;
}

float largest_magnitude(std::span<const float> values) {
  float largest = 0.0F;
  for (const float value : values) largest = std::max(largest, std::abs(value));
  return largest;
}

void pack_int8(std::span<const float> weight, Linear& linear, Arena& arena) {
  const size_t columns = round_up(linear.out_features, kernels::kPanelMultiple);
  const size_t depth = round_up(linear.in_features, kernels::kDepthGroup);
  int8_t* packed = arena.int8s(columns * depth);
  float* scales = arena.floats(columns);
  int32_t* starts = arena.ints(columns);
  for (size_t column = 0; column < linear.out_features; ++column) {
    const size_t first = column / kernels::kPanelColumns * kernels::kPanelColumns;
    const size_t width = std::min(kernels::kPanelColumns, columns - first);
    const auto weights = weight.subspan(column * linear.in_features, linear.in_features);
    scales[column] = largest_magnitude(weights) / 127.0F;
    int8_t* own = packed + first * depth + (column - first) * kernels::kDepthGroup;
    starts[column] = -128 * pack_column(weights, scales[column], own, width);
  }
  linear.int8_panels = packed;
  linear.scales = scales;
  linear.sum_starts = starts;
}

}  // namespace

const char* to_string(Precision precision) { return precision == Precision::kInt8 ? "int8" : "fp32"; }

size_t packed_bytes(size_t out_features, size_t in_features) {
  constexpr size_t kAlignments = 5 * 64;
  const size_t columns = round_up(out_features, kernels::kPanelMultiple);
  return columns * (round_up(in_features, kernels::kDepthGroup) + 3) * sizeof(float) + kAlignments;
}

Linear pack_linear(std::span<const float> weight, std::span<const float> bias, Precision precision, Arena& arena) {
  Linear linear;
  linear.precision = precision;
  linear.out_features = bias.size();
  linear.in_features = weight.size() / bias.size();
  if (precision == Precision::kInt8) {
    pack_int8(weight, linear, arena);
  } else {
    pack_f32(weight, linear, arena);
  }
  float* own_bias = arena.floats(round_up(bias.size(), kernels::kPanelMultiple));
  std::copy(bias.begin(), bias.end(), own_bias);
  linear.bias = own_bias;
  return linear;
}

}  // namespace fbert
