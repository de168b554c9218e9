#include "quantizer/weight_conversion.h"

#include <algorithm>
#include <utility>

namespace fbert {
WeightConversion::WeightConversion(const WeightFiles& files, std::function<void(uint64_t)> progress)
    : files_(files), progress_(std::move(progress)) {}

void WeightConversion::advance(uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  done_ += bytes;
  if (progress_) progress_(done_);
}

template <typename T>
T* WeightConversion::make_room(const std::string& name, DType dtype, const Shape& shape) {
  uint64_t elements = 1;
  for (const uint64_t dimension : shape) elements *= dimension;
  Tensor& tensor = tensors_.emplace_back(Tensor{name, dtype, shape, std::vector<std::byte>(elements * size_of(dtype))});
  return reinterpret_cast<T*>(tensor.data.data());
}

template <typename Work>
void WeightConversion::for_each_part(const Matrix& matrix, Work work) {
  const size_t row_bytes = matrix->columns() * size_of(matrix->info().dtype);
  for_each_piece(matrix->rows(), rows_of_task(row_bytes, matrix->row_multiple()), [&](size_t first, size_t count) {
    tasks_.add([this, matrix, work, row_bytes, first, count](LoadScratch& scratch) {
      work(first, count, scratch);
      advance(count * row_bytes);
    });
  });
}

void WeightConversion::also(std::function<uint64_t()> work) {
  tasks_.add([this, work = std::move(work)](LoadScratch&) { advance(work()); });
}

void WeightConversion::copy(const SafeTensors& file, const TensorInfo& info) {
  Tensor& tensor =
      tensors_.emplace_back(Tensor{info.name, info.dtype, info.shape, std::vector<std::byte>(info.bytes())});
  tasks_.add([this, &file, &info, &tensor](LoadScratch&) {
    file.read_bytes(info, tensor.data);
    advance(info.bytes());
  });
}

void WeightConversion::add(const std::string& name, std::vector<float> values) {
  std::copy(values.begin(), values.end(), make_room<float>(name, DType::kF32, {values.size()}));
}

void WeightConversion::change(const SafeTensors& file, const TensorInfo& info, const RowChange& change) {
  auto* out = make_room<float>(info.name, DType::kF32, info.shape);
  tasks_.add([this, &file, &info, out, change](LoadScratch&) {
    const std::span values(out, info.elements());
    file.read_f32(info, values);
    change.apply(values, 1, change.head_size);
    advance(info.bytes());
  });
}

void WeightConversion::convert(const SafeTensors& file, const TensorInfo& info, EmbeddingType type,
                               const RowChange& change) {
  const size_t width = info.shape[1];
  const auto matrix =
      std::make_shared<WeightMatrix>(files_, WeightFiles::Found{&file, &info}, info.shape[0], width, change);
  switch (type) {
    case EmbeddingType::kF32: {
      auto* out = make_room<float>(info.name, DType::kF32, info.shape);
      return for_each_part(matrix, [matrix, out, width](size_t first, size_t count, LoadScratch&) {
        matrix->read(first, {out + first * width, count * width});
      });
    }
    case EmbeddingType::kF16: {
      auto* out = make_room<uint16_t>(info.name, DType::kF16, info.shape);
      return for_each_part(matrix, [matrix, out, width](size_t first, size_t count, LoadScratch& scratch) {
        matrix->read(first, {out + first * width, count * width}, scratch.floats);
      });
    }
    case EmbeddingType::kInt8: {
      auto* out = make_room<int8_t>(info.name, DType::kI8, info.shape);
      auto* scales = make_room<float>(info.name + "_scale", DType::kF32, {info.shape[0], 1});
      return for_each_part(matrix, [matrix, out, scales, width](size_t first, size_t count, LoadScratch& scratch) {
        matrix->read(first, {out + first * width, count * width}, {scales + first, count}, scratch.floats);
      });
    }
  }
}

void WeightConversion::run(int threads) { tasks_.run(threads); }

std::vector<TensorSource> WeightConversion::tensors() const {
  std::vector<TensorSource> sources;
  for (const Tensor& tensor : tensors_) sources.push_back({tensor.name, tensor.dtype, tensor.shape, tensor.data});
  return sources;
}

}  // namespace fbert
