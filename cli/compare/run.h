#pragma once

#include <cstddef>
#include <cstdint>

#include "cli/compare/results.h"
#include "cli/row_messages.h"
#include "cli/variants.h"
#include "data/labels.h"
#include "data/reader.h"

namespace fbert {

struct CompareRequest {
  Variant first;
  Variant second;
  bool labelled = true;  // whether rows have gold labels to judge by
  LabelOptions labels{};
  BadRows bad_rows = BadRows::kError;
  int64_t max_samples = 0;  // 0: all
  size_t flips = 20;        // most rows to list
  size_t layer_rows = 64;   // the first so many are looked at layer by layer
};

// Runs both models over the same rows in one pass, in turns. Memory does not grow with the rows but for about 58 bytes
// each. Labels are aligned by name, whatever their ids. Throws kUnsupported for models that give a text neither one
// label nor one score, kData for models whose labels differ, bad rows as `bad_rows` says, no rows, and scores that are
// not finite.
CompareReport compare(Reader& reader, const CompareRequest& request);

}  // namespace fbert
