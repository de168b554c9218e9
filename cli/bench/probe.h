#pragma once

#include <optional>

#include "cli/variants.h"

namespace fbert {

struct BenchProbe {
  double load_ms = 0;
  double first_label_ms = 0;  // loading included
  double peak_bytes = 0;      // greatest resident memory
};

// Loads a variant and labels one text in a process of its own, three times, and gives the medians. None when that
// fails, as it does for a model that cannot be loaded. To be called before this process starts threads or loads much:
// the other process begins as its copy.
std::optional<BenchProbe> probe_variant(const Variant& variant, int threads);

}  // namespace fbert
