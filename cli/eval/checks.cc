#include "cli/eval/checks.h"

#include <algorithm>
#include <span>

#include <fmt/format.h>

#include "fbert/error.h"

namespace fbert {
namespace {

void check_problem_type(const ModelConfig& config) {
  if (config.problem_type() == ProblemType::kMultiLabel) {
    throw Error(ErrorCode::kUnsupported,
                "eval does not support models with more than one label per text "
                "(problem_type multi_label_classification)");
  }
  if (config.problem_type() == ProblemType::kRegression && config.num_labels() > 1) {
    std::string outputs;
    for (const std::string& label : std::span(config.labels()).first(std::min<size_t>(config.labels().size(), 10))) {
      outputs += (outputs.empty() ? "" : ", ") + escaped(label);
    }
    if (config.num_labels() > 10) outputs += ", ...";
    throw Error(ErrorCode::kUnsupported,
                fmt::format("eval does not support regression models with more than one output; this one has {}: {}",
                            config.num_labels(), outputs));
  }
}

void check_task(const EvalTask& task, bool regression) {
  if (task.regression == regression) return;
  const auto kind = [](bool values) { return values ? "values (regression)" : "labels"; };
  throw Error(ErrorCode::kUsage, fmt::format("--task {}: the task is about {}, the model gives {}", task.name,
                                             kind(task.regression), kind(regression)));
}

}  // namespace

void check_evaluable(const ModelConfig& config, const EvalTask* task) {
  check_problem_type(config);
  if (task != nullptr) check_task(*task, config.problem_type() == ProblemType::kRegression);
}

std::vector<std::string> chosen_metrics(const std::vector<std::string>& wanted, const EvalTask* task,
                                        const std::vector<std::string>& known) {
  if (wanted.empty() && task != nullptr) return task->metrics;
  if (wanted.empty() && known.front() == "pearson") return {"pearson", "spearman", "mse"};
  if (wanted.empty()) return {"accuracy", "precision", "recall", "f1"};
  for (const std::string& name : wanted) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    throw Error(ErrorCode::kUsage,
                fmt::format("--metrics: {} is none of this model's: {}", escaped(name), fmt::join(known, ", ")));
  }
  return wanted;
}

}  // namespace fbert
