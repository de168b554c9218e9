#include "engine/attention.h"

#include <algorithm>
#include <cmath>

namespace fbert {
namespace {

constexpr size_t kMostQueries = 64;  // rows of scores held at a time

// (rows, columns) with row stride `stride` -> (columns, rows), dense.
void transpose(const float* x, size_t stride, size_t rows, size_t columns, float* y) noexcept {
  constexpr size_t kTile = 16;
  for (size_t row = 0; row < rows; row += kTile) {
    const size_t row_end = std::min(row + kTile, rows);
    for (size_t c = 0; c < columns; ++c) {
      for (size_t r = row; r < row_end; ++r) y[c * rows + r] = x[r * stride + c];
    }
  }
}

// One head of one sequence. q, k, v point at the head's first column.
void attend(const AttentionJob& job, const float* q, const float* k, const float* v, size_t queries, size_t length,
            float* context, float* scratch, const kernels::KernelTable& kernels) noexcept {
  const size_t head_size = job.shape.head_size;
  const size_t hidden_size = job.shape.hidden_size();
  const float scale = 1.0F / std::sqrt(static_cast<float>(head_size));
  float* keys_by_feature = scratch;              // (head_size, length)
  float* scores = scratch + head_size * length;  // (rows, length)
  transpose(k, job.kv_stride, length, head_size, keys_by_feature);

  for (size_t row = 0; row < queries; row += kMostQueries) {
    const size_t rows = std::min(kMostQueries, queries - row);
    kernels.matmul(q + row * job.query_stride, job.query_stride, keys_by_feature, length, scores, length, rows, length,
                   head_size);
    kernels.softmax(scores, length, scale, rows, length);
    kernels.matmul(scores, length, v, job.kv_stride, context + row * hidden_size, hidden_size, rows, head_size, length);
  }
}

}  // namespace

size_t attention_scratch(size_t head_size, size_t max_sequence) { return (head_size + kMostQueries) * max_sequence; }

void run_attention(const AttentionJob& job, float* scratch, const kernels::KernelTable& kernels,
                   const Worker& worker) noexcept {
  const size_t sequences = job.cu_seqlens.size() - 1;
  const size_t hidden_size = job.shape.hidden_size();
  const auto [first, last] = worker.share(sequences * job.shape.heads);
  for (size_t item = first; item < last; ++item) {
    const size_t sequence = item / job.shape.heads;
    const size_t column = item % job.shape.heads * job.shape.head_size;
    const auto begin = static_cast<size_t>(job.cu_seqlens[sequence]);
    const size_t length = static_cast<size_t>(job.cu_seqlens[sequence + 1]) - begin;
    const size_t query_row = job.which == Queries::kAll ? begin : sequence;
    const size_t queries = job.which == Queries::kAll ? length : 1;
    attend(job, job.queries + query_row * job.query_stride + column, job.keys + begin * job.kv_stride + column,
           job.values + begin * job.kv_stride + column, queries, length, job.context + query_row * hidden_size + column,
           scratch, kernels);
  }
}

}  // namespace fbert
