#include "engine/workspace.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

#include "engine/attention.h"
#include "engine/linear.h"

namespace fbert {

void Workspace::Free::operator()(float* memory) const { std::free(memory); }

void Workspace::reserve(const ModelConfig& config, int workers, size_t tokens, size_t sequences, size_t max_sequence) {
  if (memory_ != nullptr && tokens <= tokens_ && sequences <= sequences_ && max_sequence <= max_sequence_) return;
  tokens = std::max(tokens, tokens_);
  sequences = std::max(sequences, sequences_);
  max_sequence = std::max(max_sequence, max_sequence_);

  const auto hidden_size = static_cast<size_t>(config.hidden_size);
  const auto intermediate_size = static_cast<size_t>(config.intermediate_size);
  constexpr size_t kLine = 32;  // floats in the 128 bytes that keep neighbouring pieces from sharing cache lines
  const auto padded = [](size_t count) { return (count + kLine - 1) / kLine * kLine; };
  scratch_stride = padded(attention_scratch(static_cast<size_t>(config.head_size()), max_sequence));
  const size_t widest = std::max(hidden_size, intermediate_size);
  const auto floats_for_bytes = [](size_t bytes) { return (bytes + sizeof(float) - 1) / sizeof(float); };
  float* bytes = nullptr;
  float* first_bytes = nullptr;
  float* row_floats = nullptr;
  float* first_row_floats = nullptr;
  const std::array<std::pair<float**, size_t>, 12> pieces = {{
      {&hidden, tokens * hidden_size},
      {&qkv, tokens * 3 * hidden_size},
      {&context, tokens * hidden_size},
      {&projected, tokens * hidden_size},
      {&intermediate, tokens * intermediate_size},
      {&first, sequences * hidden_size},
      {&pooled, sequences * hidden_size},
      {&row_floats, floats_for_bytes(tokens * sizeof(kernels::QuantizedRow))},
      {&first_row_floats, floats_for_bytes(sequences * sizeof(kernels::QuantizedRow))},
      {&bytes, floats_for_bytes(quantized_bytes(tokens, widest))},
      {&first_bytes, floats_for_bytes(quantized_bytes(sequences, widest))},
      {&scratch, static_cast<size_t>(workers) * scratch_stride},
  }};
  size_t total = 0;
  for (const auto& piece : pieces) total += padded(piece.second);

  memory_.reset();
  memory_.reset(static_cast<float*>(std::aligned_alloc(kLine * sizeof(float), total * sizeof(float))));
  if (memory_ == nullptr) throw std::bad_alloc();
  std::memset(memory_.get(), 0, total * sizeof(float));
  float* next = memory_.get();
  for (const auto& [pointer, count] : pieces) {
    *pointer = next;
    next += padded(count);
  }
  quantized = reinterpret_cast<uint8_t*>(bytes);
  first_quantized = reinterpret_cast<uint8_t*>(first_bytes);
  quantized_rows = reinterpret_cast<kernels::QuantizedRow*>(row_floats);
  first_quantized_rows = reinterpret_cast<kernels::QuantizedRow*>(first_row_floats);
  bytes_ = total * sizeof(float);
  tokens_ = tokens;
  sequences_ = sequences;
  max_sequence_ = max_sequence;
}

}  // namespace fbert
