#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/tensor_plan.h"
#include "loader/weight_files.h"

namespace fbert {

// A matrix of a checkpoint, found and checked: floats, or 8-bit values with a scale for each row. Rows can be read in
// either form, from several threads at once; floats that are read in 8 bits are changed as planned and quantised as
// int8_rows.h says.
class WeightMatrix {
 public:
  // `found` is the tensor "<module>.weight", of which `files` may hold the scales as "<module>.weight_scale". Throws
  // kData, with the tensor's name, for another shape or type, for values and scales that do not belong together, and
  // for scales that cannot be any. `change` is for a matrix in floats.
  WeightMatrix(const WeightFiles& files, const WeightFiles::Found& found, size_t rows, size_t columns,
               const RowChange& change = {});

  bool is_int8() const { return !scales_.empty(); }
  const TensorInfo& info() const { return *values_.tensor; }
  const std::string& source() const { return values_.file->source(); }
  size_t rows() const { return rows_; }
  size_t columns() const { return columns_; }
  std::span<const float> scales() const { return scales_; }  // (rows), of a matrix that is_int8()

  // Reading that many rows at a time, or a multiple, from such a multiple on reads none of them twice.
  size_t row_multiple() const { return change_.group; }

  // out: (rows, columns), from `first_row` on.
  void read(size_t first_row, std::span<float> out) const;
  // The same in 16-bit floats. `floats` is scratch. Throws kData for a value that they cannot hold.
  void read(size_t first_row, std::span<uint16_t> out, std::vector<float>& floats) const;
  // The same in 8 bits; scales: (rows). `floats` is scratch. Throws kData for a value that is not finite.
  void read(size_t first_row, std::span<int8_t> out, std::span<float> scales, std::vector<float>& floats) const;

  // Rows of a matrix in floats, changed as planned, in `floats` or a part of it: (count, columns).
  std::span<const float> read_floats(size_t first_row, size_t count, std::vector<float>& floats) const;

  // Throws kData: "<file>: tensor '<name>': <problem>".
  [[noreturn]] void fail(const std::string& problem) const;

 private:
  void read_scales(const WeightFiles::Found& found);

  WeightFiles::Found values_;
  size_t rows_;
  size_t columns_;
  std::vector<float> scales_;
  RowChange change_;
};

}  // namespace fbert
