#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace fbert {

// The one way in which fbert quantises weights, row by row: symmetric, value = round(x / scale) to nearest even, with
// scale = max|x| / 127. A row of zeros, or of numbers so small that its scale would not be a normal number, becomes
// zeros with scale 1. Returns false when a value is not finite. `values` has the size of `row`.
bool quantize_row(std::span<const float> row, int8_t* values, float* scale) noexcept;

// x = value * scale.
void dequantize_row(std::span<const int8_t> values, float scale, float* row) noexcept;

// Whether a scale read from a file can be one: a normal number above zero.
bool is_scale(float scale) noexcept;

}  // namespace fbert
