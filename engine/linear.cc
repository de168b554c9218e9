#include "engine/linear.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "engine/blas_product.h"
#include "kernels/kernels.h"

namespace fbert {
namespace {

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

// Bytes of packed weights behind one output feature, and where the first of them is; null for OpenBLAS, which fetches
// nothing ahead.
size_t column_bytes(const Linear& linear) noexcept {
  if (linear.precision == Precision::kInt8) return kernels::round_up(linear.in_features, kernels::kDepthGroup);
  return linear.in_features * sizeof(float);
}
const int8_t* packed_weights(const Linear& linear) noexcept {
  if (linear.by_openblas()) return nullptr;
  return linear.precision == Precision::kInt8 ? linear.int8_panels : reinterpret_cast<const int8_t*>(linear.panels);
}

// The first weights that a worker reads of products whose weights can be fetched ahead, or null.
const int8_t* first_weights(std::span<const OwnPanels> own) noexcept {
  for (const OwnPanels& panels : own) {
    if (panels.empty() || packed_weights(*panels.linear) == nullptr) continue;
    return packed_weights(*panels.linear) + panels.first * kernels::kPanelColumns * column_bytes(*panels.linear);
  }
  return nullptr;
}

// The packed weights of a layer from byte `offset` on; null when it has fewer.
const int8_t* weights_from(const Linear& linear, size_t offset) noexcept {
  const size_t bytes = column_bytes(linear) * kernels::round_up(linear.out_features, kernels::kPanelMultiple);
  return packed_weights(linear) != nullptr && offset < bytes ? packed_weights(linear) + offset : nullptr;
}

// The panels [first, last) of a product, pass by pass over its rows, so that those of a pass, which are read once for
// each panel, stay in the second-level cache. `multiply` takes the rows and what to fetch meanwhile.
template <typename Multiply>
void multiply_in_passes(const LinearJob& job, const OwnPanels& own, size_t row_bytes, const int8_t* next,
                        const Multiply& multiply) noexcept {
  constexpr size_t kMostRowBytes = 768 * 1024;
  const size_t offset = own.first * kernels::kPanelColumns * column_bytes(*job.linear);
  const int8_t* panels = packed_weights(*job.linear) + offset;
  const int8_t* later = job.later != nullptr ? weights_from(*job.later, offset) : nullptr;
  const size_t rows_per_pass = std::max(kMostRowBytes / row_bytes / kernels::kRowBlock, size_t{1}) * kernels::kRowBlock;
  for (size_t row = 0; row < job.x.rows; row += rows_per_pass) {
    const bool last_pass = row + rows_per_pass >= job.x.rows;
    multiply(row, std::min(rows_per_pass, job.x.rows - row), panels, last_pass ? next : panels,
             last_pass ? later : nullptr);
  }
}

void multiply_int8(const LinearJob& job, const OwnPanels& own, const int8_t* next,
                   const kernels::KernelTable& kernels) noexcept {
  const Linear& linear = *job.linear;
  const size_t depth = kernels::round_up(linear.in_features, kernels::kDepthGroup);
  const size_t column = own.first * kernels::kPanelColumns;
  multiply_in_passes(
      job, own, depth, next,
      [&](size_t row, size_t rows, const int8_t* panels, const int8_t* following, const int8_t* later) {
        kernels.multiply_int8({.a = job.x.quantized + quantized_bytes(row, linear.in_features),
                               .a_rows = job.x.quantized_rows + row,
                               .rows = rows,
                               .depth_groups = depth / kernels::kDepthGroup,
                               .b = panels,
                               .b_scales = linear.scales + column,
                               .b_start = linear.sum_starts + column,
                               .bias = linear.bias + column,
                               .columns = std::min(own.last * kernels::kPanelColumns, linear.out_features) - column,
                               .activation = job.activation,
                               .c = job.y + row * job.y_stride + column,
                               .c_stride = job.y_stride,
                               .next = following,
                               .later = later});
      });
}

void multiply_f32(const LinearJob& job, const OwnPanels& own, const int8_t* next,
                  const kernels::KernelTable& kernels) noexcept {
  const Linear& linear = *job.linear;
  const size_t column = own.first * kernels::kPanelColumns;
  multiply_in_passes(
      job, own, linear.in_features * sizeof(float), next,
      [&](size_t row, size_t rows, const int8_t* panels, const int8_t* following, const int8_t*) {
        kernels.multiply_f32({.x = job.x.values + row * job.x.stride,
                              .x_stride = job.x.stride,
                              .rows = rows,
                              .depth = linear.in_features,
                              .panels = reinterpret_cast<const float*>(panels),
                              .bias = linear.bias + column,
                              .columns = std::min(own.last * kernels::kPanelColumns, linear.out_features) - column,
                              .activation = job.activation,
                              .y = job.y + row * job.y_stride + column,
                              .y_stride = job.y_stride,
                              .next = following});
      });
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
    if (job.linear->by_openblas()) {
      multiply_by_openblas(job, own[i].first, own[i].last, kernels);
      continue;
    }
    const int8_t* in_this_step = first_weights(std::span(own).subspan(i + 1));
    const int8_t* following = in_this_step != nullptr ? in_this_step : first_weights(own_next);
    const auto multiply = job.linear->precision == Precision::kInt8 ? multiply_int8 : multiply_f32;
    multiply(job, own[i], following, kernels);
  }
}

}  // namespace fbert
