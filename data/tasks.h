#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "data/columns.h"

namespace fbert {

// A published data set as its files are: what eval has to know of it.
struct EvalTask {
  const char* name;
  bool regression;
  std::vector<std::string> metrics;  // that the task is judged by
  std::vector<std::string> labels;   // by the number that its files write for them
  ColumnPositions without_header;    // of a form of its files that has no header; "" where there is none
  std::vector<std::pair<std::string, std::string>> other_names{};  // of labels, in some of its files
};

std::span<const EvalTask> known_tasks();

// Throws kUsage, naming the known ones, for another name.
const EvalTask& find_task(std::string_view name);

}  // namespace fbert
