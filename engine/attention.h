#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/thread_team.h"
#include "fbert/precision.h"
#include "kernels/kernels.h"

namespace fbert {

// Which positions of each sequence ask; all positions are always looked at.
enum class Queries { kAll, kFirst };

struct AttentionShape {
  size_t heads;
  size_t head_size;
  size_t hidden_size() const { return heads * head_size; }
};

// Floats of scratch, 64-byte aligned, that a worker needs for sequences of up to max_sequence tokens.
size_t attention_scratch(size_t head_size, size_t max_sequence);

// context = softmax(q k^T / sqrt(head_size)) v, head by head, within each sequence.
//   queries: (tokens or sequences, hidden_size) by `which`, row stride query_stride
//   keys, values: (tokens, hidden_size), row stride kv_stride
//   cu_seqlens: (sequences + 1)
//   context: (tokens or sequences, hidden_size) by `which`
// With Precision::kInt8, quantised as kernels/table.h describes; a single query per sequence is always in float, which
// is then as fast.
// Heads of sequences are shared out among the workers; complete after the next sync().
struct AttentionJob {
  Precision precision;
  AttentionShape shape;
  Queries which;
  const float* queries;
  size_t query_stride;
  const float* keys;
  const float* values;
  size_t kv_stride;
  std::span<const int32_t> cu_seqlens;
  float* context;
};
void run_attention(const AttentionJob& job, float* scratch, const kernels::KernelTable& kernels,
                   const Worker& worker) noexcept;

}  // namespace fbert
