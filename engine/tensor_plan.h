#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>

#include "fbert/blas.h"
#include "fbert/precision.h"

namespace fbert {

// What a quantiser does to rows of a tensor in floats before anything else becomes of them; null: nothing. Rows are
// given to it in whole groups of `group` rows, (rows, width), which it changes in place, from several threads at once.
struct RowChange {
  void (*apply)(std::span<float> rows, size_t width, size_t head_size) = nullptr;
  size_t head_size = 1;
  size_t group = 1;

  explicit operator bool() const { return apply != nullptr; }
};

// What becomes of a tensor of a checkpoint in floats while it is read: the model that is loaded, or written, is the one
// that the plans describe. A matrix that becomes 8 bits has a scale for each row (int8_rows.h).
struct TensorPlan {
  RowChange change = {};
  std::optional<EmbeddingType> type = {};  // none: as it is stored
};

using TensorPlans = std::map<std::string, TensorPlan>;  // by name; tensors that are not here stay as they are

struct WeightOptions {
  TensorPlans plans = {};  // of a model in floats
  Blas blas = Blas::kOwn;  // of the encoder's linear layers whose weights stay in floats
};

}  // namespace fbert
