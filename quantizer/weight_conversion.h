#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/load_tasks.h"
#include "engine/weight_matrix.h"
#include "fbert/precision.h"
#include "loader/safetensors_writer.h"

namespace fbert {

// The tensors of a file that is to be written, made from those of a checkpoint. They are described one by one, then all
// are read and converted by run().
class WeightConversion {
 public:
  // `progress` is called with the bytes of the source that are done, from one thread at a time; it may be empty.
  WeightConversion(const WeightFiles& files, std::function<void(uint64_t)> progress);

  void copy(const SafeTensors& file, const TensorInfo& info);
  // A matrix, changed before it is converted; kInt8 adds its scales as "<name>_scale".
  void convert(const SafeTensors& file, const TensorInfo& info, EmbeddingType type, const RowChange& change = {});
  // A vector that the checkpoint does not have.
  void add(const std::string& name, std::vector<float> values);
  // A vector that is changed, in 32-bit floats.
  void change(const SafeTensors& file, const TensorInfo& info, const RowChange& change);
  // Other work that shares the threads; it returns the bytes it has done.
  void also(std::function<uint64_t()> work);

  void run(int threads);
  std::vector<TensorSource> tensors() const;  // valid as long as this object

 private:
  using Matrix = std::shared_ptr<const WeightMatrix>;
  struct Tensor {
    std::string name;
    DType dtype;
    Shape shape;
    std::vector<std::byte> data;
  };

  template <typename T>
  T* make_room(const std::string& name, DType dtype, const Shape& shape);
  template <typename Work>
  void for_each_part(const Matrix& matrix, Work work);
  void advance(uint64_t bytes);

  const WeightFiles& files_;
  std::function<void(uint64_t)> progress_;
  std::mutex mutex_;
  uint64_t done_ = 0;
  std::deque<Tensor> tensors_;  // tasks point to their data
  LoadTasks tasks_;
};

}  // namespace fbert
