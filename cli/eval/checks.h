#pragma once

#include <string>
#include <vector>

#include "data/tasks.h"
#include "fbert/config.h"

namespace fbert {

// Throws kUnsupported for models with several labels or values per text, kUsage for a task (nullptr: none) about the
// other kind of model.
void check_evaluable(const ModelConfig& config, const EvalTask* task);

// The metrics that reports show: those that are wanted; without any, those of the task or the usual ones. Throws kUsage
// for one that is not among the `known` ones of the model.
std::vector<std::string> chosen_metrics(const std::vector<std::string>& wanted, const EvalTask* task,
                                        const std::vector<std::string>& known);

}  // namespace fbert
