#include "engine/linear.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "engine/gemm_f32.h"
#include "kernels/kernels.h"

namespace fbert {
namespace {

constexpr size_t kRowBytesInCache = 512 * 1024;   // of X, per pass over the panels
constexpr size_t kExactMultiplyAdds = 1'000'000;  // of one product of Precision::kExact

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

// The rows of one product with a panel. OpenBLAS is asked about its own alone: others must run without it.
size_t rows_of_block(const Linear& linear) noexcept {
  if (linear.precision == Precision::kF32) return gemm_f32::max_rows(Linear::kPanelColumns, linear.block_depth);
  const size_t rows = kExactMultiplyAdds / (Linear::kPanelColumns * linear.block_depth);
  return std::clamp<size_t>(rows, 1, gemm_f32::kMostRows);
}

// The products of panels [first, last) with rows [row_begin, row_end) of X.
void multiply_rows(const LinearJob& job, size_t first, size_t last, size_t row_begin, size_t row_end,
                   const kernels::KernelTable& kernels) noexcept {
  const Linear& linear = *job.linear;
  const EpilogueKernel epilogue = kernel_of(job.activation, kernels);
  const size_t most_rows = rows_of_block(linear);
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

// The panels [first, last) of a product that a worker computes.
struct OwnPanels {
  const Linear* linear = nullptr;
  size_t first = 0;
  size_t last = 0;

  bool empty() const { return first == last; }
};

constexpr size_t kMostProducts = 3;  // query, key and value

// What a worker computes of the products of one step. Where that comes out even, each is shared out by itself: of one
// text, a worker then finds in its own cache most of what it reads of queries, keys and values (DistilBERT, 128 tokens,
// two threads: 1.5 % less time).
std::array<OwnPanels, kMostProducts> own_panels(std::span<const Linear* const> linears, const Worker& worker) noexcept {
  const auto workers = static_cast<size_t>(worker.count);
  size_t panels = 0;
  bool even = true;
  for (const Linear* linear : linears) {
    panels += linear->panel_count();
    even = even && linear->panel_count() % workers == 0;
  }
  const auto [first, last] = worker.share(panels);

  std::array<OwnPanels, kMostProducts> own;
  size_t before = 0;  // panels of the products already passed
  for (size_t i = 0; i < linears.size(); ++i) {
    const size_t count = linears[i]->panel_count();
    if (even) {
      std::tie(own[i].first, own[i].last) = worker.share(count);
    } else {
      own[i].first = std::clamp(first, before, before + count) - before;
      own[i].last = std::clamp(last, before, before + count) - before;
    }
    own[i].linear = linears[i];
    before += count;
  }
  return own;
}

// The first int8 weights that a worker reads, or null.
const int8_t* first_weights(std::span<const OwnPanels> own) noexcept {
  for (const OwnPanels& panels : own) {
    if (panels.empty() || panels.linear->precision != Precision::kInt8) continue;
    const size_t depth = kernels::round_up(panels.linear->in_features, kernels::kDepthGroup);
    return panels.linear->int8_panels + panels.first * kernels::kPanelColumns * depth;
  }
  return nullptr;
}

// The packed weights of a layer of any precision, from byte `offset` on; null when it has fewer.
const int8_t* weights_from(const Linear& linear, size_t offset) noexcept {
  if (linear.precision == Precision::kInt8) {
    const size_t depth = kernels::round_up(linear.in_features, kernels::kDepthGroup);
    const size_t bytes = depth * kernels::round_up(linear.out_features, kernels::kPanelMultiple);
    return offset < bytes ? linear.int8_panels + offset : nullptr;
  }
  const size_t bytes = linear.in_features * padded(linear.out_features) * sizeof(float);
  return offset < bytes ? reinterpret_cast<const int8_t*>(linear.panels) + offset : nullptr;
}

void multiply_int8(const LinearJob& job, const OwnPanels& own, const int8_t* next,
                   const kernels::KernelTable& kernels) noexcept {
  constexpr size_t kMostRowBytes = 768 * 1024;  // of activations, read once for each panel: they stay in L2
  const Linear& linear = *job.linear;
  const size_t depth = kernels::round_up(linear.in_features, kernels::kDepthGroup);
  const size_t column = own.first * kernels::kPanelColumns;
  const int8_t* panels = linear.int8_panels + column * depth;
  const int8_t* later = job.later != nullptr ? weights_from(*job.later, column * depth) : nullptr;
  const size_t rows_per_pass = std::max(kMostRowBytes / depth / kernels::kRowBlock, size_t{1}) * kernels::kRowBlock;
  for (size_t row = 0; row < job.x.rows; row += rows_per_pass) {
    const bool last_pass = row + rows_per_pass >= job.x.rows;
    kernels.multiply_int8({.a = job.x.quantized + quantized_bytes(row, linear.in_features),
                           .a_rows = job.x.quantized_rows + row,
                           .rows = std::min(rows_per_pass, job.x.rows - row),
                           .depth_groups = depth / kernels::kDepthGroup,
                           .b = panels,
                           .b_scales = linear.scales + column,
                           .b_start = linear.sum_starts + column,
                           .bias = linear.bias + column,
                           .columns = std::min(own.last * kernels::kPanelColumns, linear.out_features) - column,
                           .activation = job.activation,
                           .c = job.y + row * job.y_stride + column,
                           .c_stride = job.y_stride,
                           .next = last_pass ? next : panels,
                           .later = last_pass ? later : nullptr});
  }
}

}  // namespace

size_t quantized_bytes(size_t rows, size_t in_features) {
  return kernels::round_up(rows, kernels::kRowBlock) * kernels::round_up(in_features, kernels::kDepthGroup);
}

void quantize_rows(const Activations& x, const Linear& reader, size_t first, size_t last,
                   const kernels::KernelTable& kernels) noexcept {
  const size_t width = reader.in_features;
  kernels.quantize_rows(x.values + first * x.stride, x.stride, last - first, width, reader.input_mean,
                        x.quantized + quantized_bytes(first, width), x.quantized_rows + first);
}

void run_linear(std::initializer_list<LinearJob> jobs, const kernels::KernelTable& kernels, const Worker& worker,
                std::span<const Linear* const> next) noexcept {
  std::array<const Linear*, kMostProducts> linears{};
  std::transform(jobs.begin(), jobs.end(), linears.begin(), [](const LinearJob& job) { return job.linear; });
  const auto own = own_panels({linears.data(), jobs.size()}, worker);
  const auto own_next = own_panels(next, worker);

  for (size_t i = 0; i < jobs.size(); ++i) {
    const LinearJob& job = jobs.begin()[i];
    if (own[i].empty()) continue;
    if (job.linear->precision == Precision::kInt8) {
      const int8_t* following = first_weights(std::span(own).subspan(i + 1));
      multiply_int8(job, own[i], following != nullptr ? following : first_weights(own_next), kernels);
      continue;
    }
    const size_t rows_per_pass = std::max<size_t>(kRowBytesInCache / (job.linear->block_depth * sizeof(float)), 1);
    for (size_t row = 0; row < job.x.rows; row += rows_per_pass) {
      multiply_rows(job, own[i].first, own[i].last, row, std::min(row + rows_per_pass, job.x.rows), kernels);
    }
  }
}

}  // namespace fbert
