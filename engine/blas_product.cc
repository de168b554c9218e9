#include "engine/blas_product.h"

#include <algorithm>

#include "engine/gemm_f32.h"

namespace fbert {
namespace {

constexpr size_t kRowBytesInCache = 512 * 1024;  // of X, per pass over the panels

using EpilogueKernel = void (*)(float*, size_t, const float*, size_t, size_t);

EpilogueKernel kernel_of(Activation activation, const kernels::KernelTable& kernels) {
  switch (activation) {
    case Activation::kNone:
      return kernels.bias;
    case Activation::kGelu:
      return kernels.bias_gelu;
    case Activation::kGeluTanh:
      return kernels.bias_gelu_tanh;
    case Activation::kRelu:
      return kernels.bias_relu;
    case Activation::kTanh:
      return kernels.bias_tanh;
  }
  return kernels.bias;
}

size_t padded(size_t columns) { return kernels::round_up(columns, Linear::kColumnMultiple); }

// One block of a panel whose width is padded: its outputs go through a scratch of the padded width.
struct NarrowBlock {
  alignas(64) float values[gemm_f32::kMostRows * Linear::kBlasColumns];

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
                   const kernels::KernelTable& kernels) noexcept {
  const Linear& linear = *job.linear;
  const EpilogueKernel epilogue = kernel_of(job.activation, kernels);
  const size_t most_rows = gemm_f32::max_rows(Linear::kBlasColumns, linear.block_depth);
  const size_t row_blocks = (row_end - row_begin + most_rows - 1) / most_rows;
  for (size_t k = 0; k < linear.in_features; k += linear.block_depth) {
    const size_t depth = std::min(linear.block_depth, linear.in_features - k);
    const bool complete = k + depth == linear.in_features;
    for (size_t panel = first; panel < last; ++panel) {
      const size_t column = panel * Linear::kBlasColumns;
      const size_t columns = std::min(Linear::kBlasColumns, linear.out_features - column);
      const float* weights = linear.panels + column * linear.in_features + k * padded(columns);
      for (size_t block = 0; block < row_blocks; ++block) {
        const size_t begin = row_begin + (row_end - row_begin) * block / row_blocks;
        const size_t end = row_begin + (row_end - row_begin) * (block + 1) / row_blocks;
        float* y = job.y + begin * job.y_stride + column;
        const float* x = job.x.values + begin * job.x.stride + k;
        if (columns == padded(columns)) {
          gemm_f32::multiply(x, job.x.stride, weights, columns, y, job.y_stride, end - begin, columns, depth, k > 0);
        } else {
          NarrowBlock narrow;
          narrow.multiply(x, job.x.stride, weights, y, job.y_stride, end - begin, columns, depth, k > 0);
        }
        if (complete) epilogue(y, job.y_stride, linear.bias + column, end - begin, columns);
      }
    }
  }
}

}  // namespace

void multiply_by_openblas(const LinearJob& job, size_t first, size_t last,
                          const kernels::KernelTable& kernels) noexcept {
  const size_t rows_per_pass = std::max<size_t>(kRowBytesInCache / (job.linear->block_depth * sizeof(float)), 1);
  for (size_t row = 0; row < job.x.rows; row += rows_per_pass) {
    multiply_rows(job, first, last, row, std::min(row + rows_per_pass, job.x.rows), kernels);
  }
}

}  // namespace fbert
