#include "kernels/attention_scratch-inl.h"

#include "kernels/kernels.h"

namespace fbert::kernels {

size_t int8_attention_scratch(size_t length, size_t head_size) {
  return AttentionScratch(nullptr, length, head_size).bytes;
}

}  // namespace fbert::kernels
