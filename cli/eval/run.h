#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/eval/report.h"
#include "cli/row_messages.h"
#include "cli/variants.h"
#include "data/labels.h"
#include "data/reader.h"

namespace fbert {

struct EvalTask;

struct EvalRequest {
  std::vector<Variant> variants;     // at least one
  const EvalTask* task = nullptr;    // nullptr: none
  std::vector<std::string> metrics;  // names; none: those of the task, or the usual ones
  LabelOptions labels;
  BadRows bad_rows = BadRows::kError;
  int64_t max_samples = 0;  // 0: all
};

// Runs every variant over the same rows in one pass. Memory does not grow with the number of rows, but for regression
// models, whose values ranks need. Throws kUnsupported for models with several labels or values per text, kUsage for a
// task or metrics that do not fit the model, kData for variants whose labels differ, bad rows as `bad_rows` says, no
// rows, and scores that are not finite, whatever `bad_rows` says.
EvalReport evaluate(Reader& reader, const EvalRequest& request);

}  // namespace fbert
