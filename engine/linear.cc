#include "engine/linear.h"

#include <algorithm>

#include "engine/gemm_f32.h"

namespace fbert {
namespace {

constexpr size_t kMostDepth = 768;               // keeps a panel block (96 KiB) in L2 beside the rows it meets
constexpr size_t kRowBytesInCache = 512 * 1024;  // of X, per pass over the panels

using EpilogueKernel = void (*)(float*, size_t, const float*, size_t, size_t);

EpilogueKernel kernel_of(Epilogue epilogue, const kernels::KernelTable& kernels) {
  switch (epilogue) {
    case Epilogue::kBias:
      return kernels.bias;
    case Epilogue::kBiasGelu:
      return kernels.bias_gelu;
    case Epilogue::kBiasGeluTanh:
      return kernels.bias_gelu_tanh;
    case Epilogue::kBiasRelu:
      return kernels.bias_relu;
    case Epilogue::kBiasTanh:
      return kernels.bias_tanh;
  }
  return kernels.bias;
}

size_t padded(size_t columns) {
  return (columns + Linear::kColumnMultiple - 1) / Linear::kColumnMultiple * Linear::kColumnMultiple;
}

// One block of a panel whose width is padded: its outputs go through a scratch of the padded width.
struct NarrowBlock {
  alignas(64) float values[gemm_f32::kMostRows * Linear::kPanelColumns];

  void multiply(const float* x, size_t x_stride, const float* weights, float* y, size_t y_stride, size_t rows,
                size_t columns, size_t depth, bool accumulate) noexcept {
    const size_t width = padded(columns);
    if (accumulate) {
      for (size_t r = 0; r < rows; ++r) {
        std::fill(std::copy_n(y + r * y_stride, columns, values + r * width), values + (r + 1) * width, 0.0F);
      }
    }
    gemm_f32::multiply(x, x_stride, weights, width, values, width, rows, width, depth, accumulate);
    for (size_t r = 0; r < rows; ++r) std::copy_n(values + r * width, columns, y + r * y_stride);
  }
};

// The products of panels [first, last) with rows [row_begin, row_end) of X.
void multiply_rows(const LinearJob& job, size_t first, size_t last, size_t row_begin, size_t row_end,
                   EpilogueKernel epilogue) noexcept {
  const Linear& linear = *job.linear;
  const size_t most_rows = gemm_f32::max_rows(Linear::kPanelColumns, linear.block_depth);
  const size_t row_blocks = (row_end - row_begin + most_rows - 1) / most_rows;
  for (size_t k = 0; k < linear.in_features; k += linear.block_depth) {
    const size_t depth = std::min(linear.block_depth, linear.in_features - k);
    const bool complete = k + depth == linear.in_features;
    for (size_t panel = first; panel < last; ++panel) {
      const size_t column = panel * Linear::kPanelColumns;
      const size_t columns = std::min(Linear::kPanelColumns, linear.out_features - column);
      const float* weights = linear.panels + column * linear.in_features + k * padded(columns);
      for (size_t block = 0; block < row_blocks; ++block) {
        const size_t begin = row_begin + (row_end - row_begin) * block / row_blocks;
        const size_t end = row_begin + (row_end - row_begin) * (block + 1) / row_blocks;
        float* y = job.y + begin * job.y_stride + column;
        const float* x = job.x + begin * job.x_stride + k;
        if (columns == padded(columns)) {
          gemm_f32::multiply(x, job.x_stride, weights, columns, y, job.y_stride, end - begin, columns, depth, k > 0);
        } else {
          NarrowBlock narrow;
          narrow.multiply(x, job.x_stride, weights, y, job.y_stride, end - begin, columns, depth, k > 0);
        }
        if (complete) epilogue(y, job.y_stride, linear.bias + column, end - begin, columns);
      }
    }
  }
}

}  // namespace

Epilogue epilogue_of(Activation activation) {
  switch (activation) {
    case Activation::kGelu:
      return Epilogue::kBiasGelu;
    case Activation::kGeluTanh:
      return Epilogue::kBiasGeluTanh;
    case Activation::kRelu:
      return Epilogue::kBiasRelu;
  }
  return Epilogue::kBias;
}

Linear pack_linear(std::span<const float> weight, std::span<const float> bias, Arena& arena) {
  Linear linear;
  linear.out_features = bias.size();
  linear.in_features = weight.size() / bias.size();
  const size_t depth_blocks = (linear.in_features + kMostDepth - 1) / kMostDepth;
  linear.block_depth = (linear.in_features + depth_blocks - 1) / depth_blocks;

  float* packed = arena.floats(linear.in_features * padded(linear.out_features));
  linear.panels = packed;
  for (size_t column = 0; column < linear.out_features; column += Linear::kPanelColumns) {
    const size_t columns = std::min(Linear::kPanelColumns, linear.out_features - column);
    for (size_t k = 0; k < linear.in_features; ++k) {
      for (size_t c = 0; c < columns; ++c) packed[c] = weight[(column + c) * linear.in_features + k];
      packed += padded(columns);
    }
  }
  float* own_bias = arena.floats(bias.size());
  std::copy(bias.begin(), bias.end(), own_bias);
  linear.bias = own_bias;
  return linear;
}

void run_linear(std::initializer_list<LinearJob> jobs, const kernels::KernelTable& kernels,
                const Worker& worker) noexcept {
  size_t panels = 0;
  for (const LinearJob& job : jobs) panels += job.linear->panel_count();
  const auto [first, last] = worker.share(panels);

  size_t before = 0;  // panels of the jobs already passed
  for (const LinearJob& job : jobs) {
    const size_t count = job.linear->panel_count();
    const size_t own_first = std::clamp(first, before, before + count) - before;
    const size_t own_last = std::clamp(last, before, before + count) - before;
    before += count;
    if (own_first == own_last) continue;
    const size_t rows_per_pass = std::max<size_t>(kRowBytesInCache / (job.linear->block_depth * sizeof(float)), 1);
    for (size_t row = 0; row < job.rows; row += rows_per_pass) {
      multiply_rows(job, own_first, own_last, row, std::min(row + rows_per_pass, job.rows),
                    kernel_of(job.epilogue, kernels));
    }
  }
}

}  // namespace fbert
