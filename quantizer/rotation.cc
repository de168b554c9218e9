#include "quantizer/rotation.h"

#include <bit>
#include <cmath>

namespace fbert {
namespace {

// Calls f(begin, size) for blocks whose sizes are powers of two, the largest first, that make up a head.
template <typename F>
void for_each_block(size_t head_size, const F& f) {
  for (size_t begin = 0; begin < head_size;) {
    const size_t size = std::bit_floor(head_size - begin);
    f(begin, size);
    begin += size;
  }
}

// The Walsh-Hadamard transform of `size` values `stride` apart, for `count` neighbours at once; size is a power of two.
void transform(float* x, size_t stride, size_t size, size_t count) {
  for (size_t half = 1; half < size; half *= 2) {
    for (size_t begin = 0; begin < size; begin += 2 * half) {
      for (size_t i = begin; i < begin + half; ++i) {
        float* a = x + i * stride;
        float* b = x + (i + half) * stride;
        for (size_t j = 0; j < count; ++j) {
          const float sum = a[j] + b[j];
          b[j] = a[j] - b[j];
          a[j] = sum;
        }
      }
    }
  }
  const float norm = 1.0F / std::sqrt(static_cast<float>(size));
  for (size_t i = 0; i < size; ++i) {
    for (size_t j = 0; j < count; ++j) x[i * stride + j] *= norm;
  }
}

}  // namespace

RowChange output_rotation(size_t head_size) {
  return {.apply = rotate_output_features, .head_size = head_size, .group = head_size};
}

RowChange input_rotation(size_t head_size) {
  const auto apply = [](std::span<float> rows, size_t, size_t size) { rotate_input_features(rows, size); };
  return {.apply = apply, .head_size = head_size, .group = 1};
}

void rotate_output_features(std::span<float> values, size_t width, size_t head_size) {
  for (size_t head = 0; head < values.size(); head += head_size * width) {
    for_each_block(head_size,
                   [&](size_t begin, size_t size) { transform(&values[head + begin * width], width, size, width); });
  }
}

void rotate_input_features(std::span<float> values, size_t head_size) {
  for (size_t head = 0; head < values.size(); head += head_size) {
    for_each_block(head_size, [&](size_t begin, size_t size) { transform(&values[head + begin], 1, size, 1); });
  }
}

}  // namespace fbert
