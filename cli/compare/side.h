#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "cli/compare/results.h"
#include "cli/variants.h"
#include "fbert/classifier.h"
#include "metrics/metrics.h"

namespace fbert {

// One of two models that are compared, with what was counted of it. Label ids are those of the first model.
class CompareSide {
 public:
  // Throws kUnsupported for a model that gives a text neither one label nor one score.
  CompareSide(const Variant& variant, bool labelled);

  // Aligns this model's labels with those of the first one: by name, whatever their ids and, where that leaves one
  // name, their case. Throws kData where they differ, or where one of the two gives scores.
  void align_with(const CompareSide& first);

  std::vector<Prediction> classify(std::span<const TextInput> inputs);
  void add(const Prediction& prediction, std::optional<int32_t> gold);  // of a model that gives labels
  ComparedSide report(int64_t rows);

  const Variant& variant() const { return variant_; }
  bool regression() const { return config().problem_type() == ProblemType::kRegression; }
  const ModelConfig& config() const { return classifier_.model().config(); }
  const Classifier& classifier() const { return classifier_; }
  Classifier& classifier() { return classifier_; }

 private:
  void align(Prediction& prediction) const;

  const Variant& variant_;
  Classifier classifier_;
  std::vector<int32_t> ids_;  // by own label id: that of the first model; empty where they are the same
  LabelCounts counts_;
  ComparedSide report_;
};

}  // namespace fbert
