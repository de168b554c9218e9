#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "fbert/config.h"
#include "loader/weight_files.h"

namespace fbert {

// What the names and shapes of a checkpoint's tensors tell of its model.
struct TensorFindings {
  std::optional<Family> family;           // none: the names are of neither
  bool has_head = false;                  // for sequence classification, whole
  std::optional<size_t> classifier_rows;  // of "classifier.weight"
  std::vector<std::string> notes;
};

// Also takes off what a wrapper put before all names, such as "module." of a parallel training. Throws kUnsupported for
// names of TensorFlow or Flax.
TensorFindings find_tensors(WeightFiles& files);

}  // namespace fbert
