#pragma once

#include <string>

#include "fbert/export.h"

namespace fbert {

namespace kernels {
struct KernelTable;
}

// The kernel table of that name, or for "" the one that FBERT_ISA names when set, else the best that this CPU
// supports; and why. Throws kUsage for an unknown name and kUnsupported
// for one that this CPU cannot run.
struct IsaDecision {
  const kernels::KernelTable* table = nullptr;
  std::string reason;  // "requested" for one that `isa` names
};
FBERT_API IsaDecision decide_isa(const std::string& isa = "");

}  // namespace fbert
