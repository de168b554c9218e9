#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "fbert/precision.h"
#include "kernels/kernels.h"

namespace fbert {

// A table of which rows are looked up: (rows, width).
struct EmbeddingTable {
  EmbeddingType type = EmbeddingType::kF32;
  const float* floats = nullptr;     // kF32
  const uint16_t* halves = nullptr;  // kF16
  const int8_t* bytes = nullptr;     // kInt8
  const float* scales = nullptr;     // kInt8: (rows)

  // Row `index` as floats: in the table itself or, widened, in `buffer`, which has room for a row.
  const float* row(size_t index, size_t width, const kernels::KernelTable& kernels, float* buffer) const noexcept {
    switch (type) {
      case EmbeddingType::kF32:
        break;
      case EmbeddingType::kF16:
        kernels.widen_f16(halves + index * width, buffer, width);
        return buffer;
      case EmbeddingType::kInt8:
        kernels.widen_int8(bytes + index * width, scales[index], buffer, width);
        return buffer;
    }
    return floats + index * width;
  }
};

}  // namespace fbert
