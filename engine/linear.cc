#include "engine/linear.h"

#include <algorithm>

#include "engine/gemm_f32.h"

namespace fbert {
namespace {

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

size_t round_up(size_t n, size_t multiple) { return (n + multiple - 1) / multiple * multiple; }

size_t padded(size_t columns) { return round_up(columns, Linear::kColumnMultiple); }

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
                   const kernels::KernelTable& kernels) noexcept {
  const Linear& linear = *job.linear;
  const EpilogueKernel epilogue = kernel_of(job.epilogue, kernels);
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
        const float* x = job.x.values + begin * job.x.stride + k;
        if (linear.precision == Precision::kExact) {
          kernels.matmul(x, job.x.stride, weights, padded(columns), y, job.y_stride, end - begin, columns, depth);
        } else if (columns == padded(columns)) {
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

kernels::Activation8 int8_activation(Epilogue epilogue) {
  switch (epilogue) {
    case Epilogue::kBiasGelu:
      return kernels::Activation8::kGelu;
    case Epilogue::kBiasGeluTanh:
      return kernels::Activation8::kGeluTanh;
    case Epilogue::kBiasRelu:
      return kernels::Activation8::kRelu;
    case Epilogue::kBiasTanh:
      return kernels::Activation8::kTanh;
    case Epilogue::kBias:
      break;
  }
  return kernels::Activation8::kNone;
}

void multiply_int8(const LinearJob& job, size_t first, size_t last, const int8_t* next,
                   const kernels::KernelTable& kernels) noexcept {
  constexpr size_t kMostRowBytes = 768 * 1024;  // of activations, read once for each panel: they stay in L2
  const Linear& linear = *job.linear;
  const size_t depth = round_up(linear.in_features, kernels::kDepthGroup);
  const size_t column = first * kernels::kPanelColumns;
  const size_t rows_per_pass = std::max(kMostRowBytes / depth / kernels::kRowBlock, size_t{1}) * kernels::kRowBlock;
  for (size_t row = 0; row < job.x.rows; row += rows_per_pass) {
    kernels.multiply_int8({.a = job.x.quantized + quantized_bytes(row, linear.in_features),
                           .a_rows = job.x.quantized_rows + row,
                           .rows = std::min(rows_per_pass, job.x.rows - row),
                           .depth_groups = depth / kernels::kDepthGroup,
                           .b = linear.int8_panels + column * depth,
                           .b_scales = linear.scales + column,
                           .b_start = linear.sum_starts + column,
                           .bias = linear.bias + column,
                           .columns = std::min(last * kernels::kPanelColumns, linear.out_features) - column,
                           .activation = int8_activation(job.epilogue),
                           .c = job.y + row * job.y_stride + column,
                           .c_stride = job.y_stride,
                           .next = next});
  }
}

// The first of the int8 weights that this worker reads in a product with `linears`; null when they are in floats.
const int8_t* first_panel(std::span<const Linear* const> linears, const Worker& worker) noexcept {
  size_t panels = 0;
  for (const Linear* linear : linears) panels += linear->panel_count();
  size_t first = worker.share(panels).first;
  for (const Linear* linear : linears) {
    if (first < linear->panel_count()) {
      if (linear->precision != Precision::kInt8) return nullptr;
      const size_t depth = round_up(linear->in_features, kernels::kDepthGroup);
      return linear->int8_panels + first * kernels::kPanelColumns * depth;
    }
    first -= linear->panel_count();
  }
  return nullptr;
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

size_t quantized_bytes(size_t rows, size_t in_features) {
  return round_up(rows, kernels::kRowBlock) * round_up(in_features, kernels::kDepthGroup);
}

void quantize_rows(const Activations& x, const Linear& reader, size_t first, size_t last,
                   const kernels::KernelTable& kernels) noexcept {
  const size_t width = reader.in_features;
  kernels.quantize_rows(x.values + first * x.stride, x.stride, last - first, width, reader.input_mean,
                        x.quantized + quantized_bytes(first, width), x.quantized_rows + first);
}

void run_linear(std::initializer_list<LinearJob> jobs, const kernels::KernelTable& kernels, const Worker& worker,
                std::span<const Linear* const> next) noexcept {
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
    if (job.linear->precision == Precision::kInt8) {
      multiply_int8(job, own_first, own_last, before >= last ? first_panel(next, worker) : nullptr, kernels);
      continue;
    }
    const size_t rows_per_pass = std::max<size_t>(kRowBytesInCache / (job.linear->block_depth * sizeof(float)), 1);
    for (size_t row = 0; row < job.x.rows; row += rows_per_pass) {
      multiply_rows(job, own_first, own_last, row, std::min(row + rows_per_pass, job.x.rows), kernels);
    }
  }
}

}  // namespace fbert
