#pragma once

#include "engine/linear_job.h"
#include "kernels/kernels.h"

namespace fbert {

// The panels [first, last) of a product whose weights are packed for OpenBLAS.
void multiply_by_openblas(const LinearJob& job, size_t first, size_t last,
                          const kernels::KernelTable& kernels) noexcept;

}  // namespace fbert
