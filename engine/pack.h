#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/arena.h"
#include "engine/linear_job.h"

namespace fbert {

// The deepest product whose sums of u8 * s8 stay in 32 bits whatever the values.
inline constexpr size_t kMostInt8Depth = 65'000;

// Lays out the weights of a linear layer as products read them. The room is taken from the arena at once; rows (output
// features) are then packed in any order, whole panels at a time, from several threads if need be.
class LinearPacker {
 public:
  // `blas`: of Precision::kF32. With Blas::kOpenBlas, throws what gemm_f32::prepare() throws.
  LinearPacker(size_t out_features, size_t in_features, Precision precision, Blas blas, Arena& arena);

  const Linear& linear() const { return linear_; }
  size_t panel_rows() const { return linear_.panel_columns(); }

  // rows: (any number, in_features), those from first_row on; first_row is a multiple of panel_rows(), and where the
  // rows are not the last ones, so is their number.
  void pack(size_t first_row, std::span<const float> rows) const;
  void pack(size_t first_row, std::span<const int8_t> rows, std::span<const float> scales) const;

  std::span<float> bias() const { return {bias_, linear_.out_features}; }
  std::span<float> input_mean() const { return {input_mean_, linear_.in_features}; }  // of int8; zeros at first

 private:
  void pack_panel(size_t first_row, std::span<const int8_t> rows, std::span<const float> scales) const;

  Linear linear_;
  float* bias_ = nullptr;
  float* input_mean_ = nullptr;
  float* panels_ = nullptr;
  int8_t* int8_panels_ = nullptr;
  float* scales_ = nullptr;
  int32_t* sum_starts_ = nullptr;
};

}  // namespace fbert
