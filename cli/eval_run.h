#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/eval_report.h"
#include "cli/labels.h"
#include "cli/reader.h"
#include "cli/variants.h"

namespace fbert {

struct EvalTask;

// What happens with rows that are malformed, that have a label the model does not know, or a text it does not take.
enum class BadRows {
  kError,   // end with the first one
  kSkip,    // leave them out; say how many at the end
  kReport,  // leave them out; say each on standard error
};

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
