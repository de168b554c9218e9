#pragma once

#include <string>

#include "fbert/export.h"
#include "fbert/precision.h"

namespace fbert {

// Whose products multiply float32 weights.
enum class Blas {
  kOwn,       // fbert's: the same bits on every CPU, whatever the rows beside
  kOpenBlas,  // OpenBLAS', loaded when the first model needs it
};

FBERT_API const char* to_string(Blas blas);  // "own", "openblas"

struct BlasDecision {
  Blas blas = Blas::kOwn;
  std::string reason;  // "requested" for one that was named
};

// For a model of that precision the one of that name, or for "" the one that FBERT_BLAS names when set, else the faster
// one on this CPU: OpenBLAS only for a model in floats on a CPU without AVX2, and only where it can be loaded. Throws
// kUsage for an unknown name; otherwise, whether there is an OpenBLAS is seen when a model needs it.
FBERT_API BlasDecision decide_blas(const std::string& blas, Precision precision);

}  // namespace fbert
