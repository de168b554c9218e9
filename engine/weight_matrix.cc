#include "engine/weight_matrix.h"

#include <algorithm>

#include <fmt/format.h>

#include "engine/int8_rows.h"
#include "fbert/error.h"
#include "loader/widen.h"

namespace fbert {
namespace {

// What schemes that fbert does not run keep beside a weight. In a file that claims another scheme they contradict it.
constexpr const char* kForeignParts[] = {"weight_zero_point", "weight_g_idx",     "weight_packed",
                                         "weight_shape",      "input_zero_point", "input_scale"};

}  // namespace

WeightMatrix::WeightMatrix(const WeightFiles& files, const WeightFiles::Found& found, size_t rows, size_t columns,
                           const RowChange& change)
    : values_(found), rows_(rows), columns_(columns), change_(change) {
  found.file->get(info().name, {rows, columns});
  const std::string module = info().name.substr(0, info().name.rfind('.'));
  for (const char* part : kForeignParts) {
    const WeightFiles::Found foreign = files.find(module + "." + part);
    if (foreign)
      fail(fmt::format("{} beside it belongs to a scheme that is not supported", escaped(foreign.tensor->name)));
  }
  const WeightFiles::Found scales = files.find(info().name + "_scale");
  if (info().dtype == DType::kI8) {
    if (!scales) fail(fmt::format("type I8 without {}", escaped(info().name + "_scale")));
    read_scales(scales);
  } else if (scales) {
    fail(fmt::format("type {} with {}, expected I8", name_of(info().dtype), escaped(scales.tensor->name)));
  } else if (!is_float(info().dtype)) {
    fail(fmt::format("expected type F32, F16, BF16, F64 or I8, found {}", name_of(info().dtype)));
  }
}

void WeightMatrix::read_scales(const WeightFiles::Found& found) {
  const TensorInfo& scales = *found.tensor;
  const auto fail_scales = [&](const std::string& problem) {
    throw Error(ErrorCode::kData,
                fmt::format("{}: tensor {}: {}", found.file->source(), escaped(scales.name), problem));
  };
  if (scales.shape != Shape{rows_, 1} && scales.shape != Shape{rows_}) {
    fail_scales(fmt::format("expected shape [{}, 1], found {}", rows_, to_string(scales.shape)));
  }
  scales_.resize(rows_);
  found.file->read_f32(scales, scales_);
  const auto bad = std::find_if_not(scales_.begin(), scales_.end(), is_scale);
  if (bad == scales_.end()) return;
  fail_scales(fmt::format("row {}: expected a normal number above zero, found {}", bad - scales_.begin(), *bad));
}

void WeightMatrix::read(size_t first_row, std::span<float> out) const {
  if (!is_int8()) return values_.file->read_f32(info(), first_row * columns_, out);
  std::vector<int8_t> values(columns_);
  for (size_t row = 0; row < out.size() / columns_; ++row) {
    values_.file->read_i8(info(), (first_row + row) * columns_, values);
    dequantize_row(values, scales_[first_row + row], out.data() + row * columns_);
  }
}

void WeightMatrix::read(size_t first_row, std::span<uint16_t> out, std::vector<float>& floats) const {
  if (info().dtype == DType::kF16) {
    return values_.file->read_bytes(info(), first_row * columns_ * sizeof(uint16_t), std::as_writable_bytes(out));
  }
  floats.resize(out.size());
  read(first_row, floats);
  if (!narrow_f16(floats, out.data())) fail("a value is beyond the range of 16-bit floats");
}

void WeightMatrix::read(size_t first_row, std::span<int8_t> out, std::span<float> scales,
                        std::vector<float>& floats) const {
  if (is_int8()) {
    values_.file->read_i8(info(), first_row * columns_, out);
    std::copy_n(scales_.begin() + static_cast<std::ptrdiff_t>(first_row), scales.size(), scales.begin());
    return;
  }
  const std::span<const float> rows = read_floats(first_row, scales.size(), floats);
  for (size_t row = 0; row < scales.size(); ++row) {
    if (quantize_row(rows.subspan(row * columns_, columns_), out.data() + row * columns_, &scales[row])) continue;
    fail(fmt::format("row {} has a value that is not finite, which 8 bits cannot hold", first_row + row));
  }
}

std::span<const float> WeightMatrix::read_floats(size_t first_row, size_t count, std::vector<float>& floats) const {
  const size_t step = row_multiple();
  const size_t begin = first_row / step * step;
  const size_t end = (first_row + count + step - 1) / step * step;
  floats.resize((end - begin) * columns_);
  values_.file->read_f32(info(), begin * columns_, floats);
  if (change_) change_.apply(floats, columns_, change_.head_size);
  return std::span<const float>(floats).subspan((first_row - begin) * columns_, count * columns_);
}

void WeightMatrix::fail(const std::string& problem) const {
  throw Error(ErrorCode::kData, fmt::format("{}: tensor {}: {}", source(), escaped(info().name), problem));
}

}  // namespace fbert
