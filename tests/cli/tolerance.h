#pragma once

#include "kernels/cpu.h"

namespace fbert::testing {

// How far the logits of a text may differ between batches (docs/determinism.md): not at all on CPUs with AVX-512.
inline double grouping_tolerance() { return (kernels::cpu_features() & kernels::kAvx512) != 0 ? 0.0 : 1e-6; }

}  // namespace fbert::testing
