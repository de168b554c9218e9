#include "engine/attention.h"

#include <algorithm>
#include <cmath>

namespace fbert {
namespace {

constexpr size_t kMostQueries = 64;  // rows of scores held at a time
// The sums of shares (up to 255) times values (up to 127) stay in 32 bits, and those of the shares exact in float.
constexpr size_t kMostInt8Keys = 65'000;

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

// One head of one sequence: pointers at the head's first column.
struct HeadRows {
  const float* queries;  // (query_count, head_size)
  const float* keys;     // (length, head_size)
  const float* values;   // (length, head_size)
  size_t query_count;
  size_t length;
  float* context;  // (query_count, head_size)
};

float score_scale(const AttentionJob& job) { return 1.0F / std::sqrt(static_cast<float>(job.shape.head_size)); }

void attend_f32(const AttentionJob& job, const HeadRows& head, float* scratch,
                const kernels::KernelTable& kernels) noexcept {
  const size_t head_size = job.shape.head_size;
  const size_t hidden_size = job.shape.hidden_size();
  const size_t length = head.length;
  float* keys_by_feature = scratch;              // (head_size, length)
  float* scores = scratch + head_size * length;  // (rows, length)
  transpose(head.keys, job.kv_stride, length, head_size, keys_by_feature);

  for (size_t row = 0; row < head.query_count; row += kMostQueries) {
    const size_t rows = std::min(kMostQueries, head.query_count - row);
    kernels.matmul(head.queries + row * job.query_stride, job.query_stride, keys_by_feature, length, scores, length,
                   rows, length, head_size);
    kernels.softmax(scores, length, score_scale(job), rows, length);
    kernels.matmul(scores, length, head.values, job.kv_stride, head.context + row * hidden_size, hidden_size, rows,
                   head_size, length);
  }
}

// Without the transposed keys, which do not pay for one query.
void attend_first(const AttentionJob& job, const HeadRows& head, float* scratch,
                  const kernels::KernelTable& kernels) noexcept {
  const size_t head_size = job.shape.head_size;
  const size_t length = head.length;
  for (size_t j = 0; j < length; ++j) {
    scratch[j] = kernels.dot(head.queries, head.keys + j * job.kv_stride, head_size);
  }
  kernels.softmax(scratch, length, score_scale(job), 1, length);
  kernels.matmul(scratch, length, head.values, job.kv_stride, head.context, head_size, 1, head_size, length);
}

void attend_int8(const AttentionJob& job, const HeadRows& head, float* scratch,
                 const kernels::KernelTable& kernels) noexcept {
  kernels.attend_int8({.queries = head.queries,
                       .query_stride = job.query_stride,
                       .query_count = head.query_count,
                       .keys = head.keys,
                       .values = head.values,
                       .kv_stride = job.kv_stride,
                       .length = head.length,
                       .head_size = job.shape.head_size,
                       .scale = score_scale(job),
                       .context = head.context,
                       .context_stride = job.shape.hidden_size(),
                       .scratch = scratch});
}

void attend(const AttentionJob& job, const HeadRows& head, float* scratch,
            const kernels::KernelTable& kernels) noexcept {
  if (job.which == Queries::kFirst) return attend_first(job, head, scratch, kernels);
  if (job.precision == Precision::kInt8 && head.length <= kMostInt8Keys)
    return attend_int8(job, head, scratch, kernels);
  attend_f32(job, head, scratch, kernels);
}

}  // namespace

size_t attention_scratch(size_t head_size, size_t max_sequence) {
  const size_t bytes = kernels::int8_attention_scratch(max_sequence, head_size);
  return std::max((head_size + kMostQueries) * max_sequence, bytes / sizeof(float));
}

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
    attend(job,
           {.queries = job.queries + query_row * job.query_stride + column,
            .keys = job.keys + begin * job.kv_stride + column,
            .values = job.values + begin * job.kv_stride + column,
            .query_count = job.which == Queries::kAll ? length : 1,
            .length = length,
            .context = job.context + query_row * hidden_size + column},
           scratch, kernels);
  }
}

}  // namespace fbert
