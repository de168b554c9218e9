#include "fbert/heads.h"

namespace fbert {

const char* task_of(const Head& head) {
  return std::holds_alternative<SequenceClassification>(head) ? "sequence classification" : "hidden states";
}

const char* to_string(ProblemType type) {
  switch (type) {
    case ProblemType::kSingleLabel:
      return "single_label_classification";
    case ProblemType::kMultiLabel:
      return "multi_label_classification";
    case ProblemType::kRegression:
      return "regression";
  }
  return "";
}

const char* to_string(ScoreFunction function) {
  switch (function) {
    case ScoreFunction::kSoftmax:
      return "softmax";
    case ScoreFunction::kSigmoid:
      return "sigmoid";
    case ScoreFunction::kIdentity:
      return "identity";
  }
  return "";
}

}  // namespace fbert
