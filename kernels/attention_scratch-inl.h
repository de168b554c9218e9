#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/table.h"

// Where the int8 attention of one head over `length` keys keeps what: included by the instruction set files, therefore
// of internal linkage.
namespace fbert::kernels {
namespace {

struct AttentionScratch {
  int8_t* keys;         // (head_size, length): an operand B with a column for each key
  float* key_scales;    // (length), padded
  int32_t* key_starts;  // (length), padded
  int8_t* values;       // (length, head_size): an operand B with a column for each feature
  float* value_scales;  // (head_size), padded
  uint8_t* queries;     // (kRowBlock, head_size): an operand A
  float* scores;        // (kRowBlock, length), row stride padded_length
  uint8_t* shares;      // (kRowBlock, length): an operand A
  size_t padded_length;
  size_t bytes;

  static constexpr size_t up(size_t n, size_t multiple) { return (n + multiple - 1) / multiple * multiple; }

  AttentionScratch(void* memory, size_t length, size_t head_size) : padded_length(up(length, kPanelMultiple)) {
    const size_t depth = up(head_size, kDepthGroup);
    const size_t columns = up(head_size, kPanelMultiple);
    const size_t key_depth = up(length, kDepthGroup);
    bytes = 0;
    const auto place = [&](auto*& piece, size_t count) {
      piece = reinterpret_cast<decltype(+piece)>(reinterpret_cast<uintptr_t>(memory) + bytes);
      bytes += up(count * sizeof(*piece), 64);
    };
    place(keys, padded_length * depth);
    place(key_scales, padded_length);
    place(key_starts, padded_length);
    place(values, key_depth * columns);
    place(value_scales, columns);
    place(queries, kRowBlock * depth);
    place(scores, kRowBlock * padded_length);
    place(shares, kRowBlock * key_depth);
  }
};

}  // namespace
}  // namespace fbert::kernels
