#include "data/tasks.h"

#include <algorithm>

#include "fbert/error.h"

namespace fbert {
namespace {

using Names = std::vector<std::string>;

// Numbers of labels are those of GLUE's files as Hugging Face publishes them, and of the data sets' cards.
const std::vector<EvalTask>& tasks() {
  static const Names accuracy = {"accuracy"};
  static const Names accuracy_and_f1 = {"accuracy", "f1_binary"};
  static const Names all_labels = {"accuracy", "precision", "recall", "f1"};
  static const Names inference = {"entailment", "neutral", "contradiction"};
  static const Names entailment_first = {"entailment", "not_entailment"};
  static const std::vector<EvalTask> all = {
      {"sst2", false, accuracy, {"negative", "positive"}, {}},
      {"mrpc", false, accuracy_and_f1, {"not_equivalent", "equivalent"}, {}},
      {"cola", false, {"mcc"}, {"unacceptable", "acceptable"}, {"4", "", "2"}},
      {"stsb", true, {"pearson", "spearman"}, {}, {"6", "7", "5"}},
      {"qqp", false, accuracy_and_f1, {"not_duplicate", "duplicate"}, {}},
      {"mnli", false, accuracy, inference, {"1", "2", "3"}},
      {"xnli", false, accuracy, inference, {"1", "2", "3"}, {{"contradictory", "contradiction"}}},
      {"qnli", false, accuracy, entailment_first, {}},
      {"rte", false, accuracy, entailment_first, {}},
      {"wnli", false, accuracy, {"not_entailment", "entailment"}, {}},
      {"sst5", false, all_labels, {"very negative", "negative", "neutral", "positive", "very positive"}, {}},
      {"emotion", false, all_labels, {"sadness", "joy", "love", "anger", "fear", "surprise"}, {}},
      {"agnews", false, all_labels, {"World", "Sports", "Business", "Sci/Tech"}, {"1", "", "2"}},
  };
  return all;
}

}  // namespace

std::span<const EvalTask> known_tasks() { return tasks(); }

const EvalTask& find_task(std::string_view name) {
  const auto found =
      std::find_if(tasks().begin(), tasks().end(), [&](const EvalTask& task) { return task.name == name; });
  if (found != tasks().end()) return *found;
  std::string known;
  for (const EvalTask& task : tasks()) known += (known.empty() ? "" : ", ") + std::string(task.name);
  throw OptionError(ErrorCode::kUsage, "", "task", ": " + escaped(name) + " is none of " + known);
}

}  // namespace fbert
