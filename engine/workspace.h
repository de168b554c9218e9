#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "fbert/config.h"
#include "kernels/table.h"

namespace fbert {

// The activations of one forward pass. reserve() is the only function that allocates.
struct Workspace {
  // Makes room for a batch of that many tokens and sequences, the longest sequence having `max_sequence` tokens.
  void reserve(const ModelConfig& config, int workers, size_t tokens, size_t sequences, size_t max_sequence);

  size_t bytes() const { return bytes_; }

  float* hidden = nullptr;        // (tokens, hidden_size): the residual stream
  float* qkv = nullptr;           // (tokens, 3 * hidden_size)
  float* context = nullptr;       // (tokens, hidden_size): what attention gathers
  float* projected = nullptr;     // (tokens, hidden_size): output of a block before its LayerNorm
  float* intermediate = nullptr;  // (tokens, intermediate_size)
  float* first = nullptr;   // (sequences, hidden_size): the residual stream of the first tokens, in the last layer
  float* pooled = nullptr;  // (sequences, hidden_size)
  kernels::QuantizedRow* quantized_rows = nullptr;        // (tokens)
  kernels::QuantizedRow* first_quantized_rows = nullptr;  // (sequences)
  uint8_t* quantized = nullptr;                           // rows of the input of an int8 product, packed
  uint8_t* first_quantized = nullptr;
  float* scratch = nullptr;  // (workers, scratch_stride): what attention keeps of one head
  size_t scratch_stride = 0;

 private:
  struct Free {
    void operator()(float* memory) const;
  };
  std::unique_ptr<float, Free> memory_;
  size_t bytes_ = 0;
  size_t tokens_ = 0;
  size_t sequences_ = 0;
  size_t max_sequence_ = 0;
};

}  // namespace fbert
