#pragma once

#include "engine/gemm_f32.h"
#include "fbert/blas.h"

namespace fbert::testing {

// How far the fp32 logits of a text may differ between batches (docs/determinism.md): not at all with fbert's own
// products and with OpenBLAS kernels that keep the rows of a product apart; with Haswell's and Prescott's, the largest
// seen in the tests is 2.2e-6, of hidden states around 1.
inline double grouping_tolerance() {
  const BlasDecision decision = decide_blas("", Precision::kF32);
  return decision.blas == Blas::kOwn || gemm_f32::rows_are_independent() ? 0.0 : 5e-6;
}

}  // namespace fbert::testing
