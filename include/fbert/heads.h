#pragma once

#include <string>
#include <variant>
#include <vector>

#include "fbert/export.h"

namespace fbert {

enum class ProblemType { kSingleLabel, kMultiLabel, kRegression };

// How a classifier makes scores of its outputs. kIdentity: the outputs are the scores.
enum class ScoreFunction { kSoftmax, kSigmoid, kIdentity };

// What a model computes behind its encoder.

// Nothing: the hidden states of all tokens, (tokens, hidden_size).
struct HiddenStates {};

// Scores of a sequence, from its first token: (sequences, labels).
struct SequenceClassification {
  std::vector<std::string> labels;  // by id, at least one; several may have one name
  ProblemType problem_type = ProblemType::kSingleLabel;
  ScoreFunction scores = ScoreFunction::kSoftmax;
};

using Head = std::variant<HiddenStates, SequenceClassification>;

// The name of what the head is for: "sequence classification".
FBERT_API const char* task_of(const Head& head);

FBERT_API const char* to_string(ProblemType type);
FBERT_API const char* to_string(ScoreFunction function);

}  // namespace fbert
