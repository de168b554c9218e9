#pragma once

#include <string>

#include "fbert/export.h"
#include "fbert/isa.h"
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
// one with the kernels of `isa`: OpenBLAS only for a model in floats where they are plain C++ and it can be loaded.
// Throws kUsage for an unknown name; whether there is an OpenBLAS is otherwise seen when a model needs it.
FBERT_API BlasDecision decide_blas(const std::string& blas, const IsaDecision& isa, Precision precision);

}  // namespace fbert
