#pragma once

#include <cstddef>
#include <initializer_list>
#include <span>

#include "engine/linear_job.h"
#include "engine/thread_team.h"
#include "kernels/kernels.h"

namespace fbert {

// Bytes of Activations::quantized.
size_t quantized_bytes(size_t rows, size_t in_features);

// Quantises rows [first, last) for a product with `reader`; first is a multiple of kernels::kRowBlock.
void quantize_rows(const Activations& x, const Linear& reader, size_t first, size_t last,
                   const kernels::KernelTable& kernels) noexcept;

// This worker's part of up to three products: contiguous ranges of their output features. All workers of a team must
// call it with the same jobs; results are complete after the next sync(). `next` are the layers, up to three, whose
// products follow: the first of their weights that this worker reads are fetched into its cache meanwhile.
void run_linear(std::initializer_list<LinearJob> jobs, const kernels::KernelTable& kernels, const Worker& worker,
                std::span<const Linear* const> next = {}) noexcept;

}  // namespace fbert
