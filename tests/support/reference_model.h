#pragma once

#include <cstdint>
#include <vector>

#include "tests/support/tiny_model.h"

namespace fbert::testing {

// BERT by the formulas of the papers, in double precision, one sequence at a time, with no optimisation of any kind:
// the oracle of the engine's tests.
struct ReferenceModel {
  explicit ReferenceModel(const TinyModel& tiny) : model(tiny), tensors(tiny.tensors()) {}

  using Matrix = std::vector<std::vector<double>>;
  Matrix hidden_states(const std::vector<int32_t>& ids,
                       const std::vector<int32_t>& type_ids) const;  // (tokens, hidden)
  std::vector<double> logits(const std::vector<int32_t>& ids, const std::vector<int32_t>& type_ids) const;

  TinyModel model;
  std::map<std::string, TinyModel::Tensor> tensors;
};

}  // namespace fbert::testing
