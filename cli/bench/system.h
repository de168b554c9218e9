#pragma once

#include "cli/bench/results.h"

namespace fbert {

// What the machine, the system and this build are; all but isa, isa_reason, blas and threads_reason.
BenchSystem describe_system();

}  // namespace fbert
