#include "fbert/blas.h"

#include <cstdlib>
#include <string_view>

#include <fmt/format.h>

#include "engine/gemm_f32.h"
#include "fbert/error.h"
#include "kernels/cpu.h"

namespace fbert {
namespace {

constexpr const char* kBlasVariable = "FBERT_BLAS";

// `fail` takes the message, without what asked for it.
template <typename Fail>
Blas find_blas(std::string_view name, const Fail& fail) {
  for (const Blas blas : {Blas::kOwn, Blas::kOpenBlas}) {
    if (name == to_string(blas)) return blas;
  }
  fail(fmt::format(": unknown {}; known: own, openblas", escaped(name)));
  return Blas::kOwn;
}

// Whether it can be loaded, and has been.
bool has_openblas() {
  try {
    gemm_f32::prepare();
    return true;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

const char* to_string(Blas blas) { return blas == Blas::kOwn ? "own" : "openblas"; }

BlasDecision decide_blas(const std::string& blas, Precision precision) {
  if (!blas.empty()) {
    const auto fail = [](const std::string& problem) { throw OptionError(ErrorCode::kUsage, "", "blas", problem); };
    return {find_blas(blas, fail), "requested"};
  }
  if (const char* variable = std::getenv(kBlasVariable); variable != nullptr && *variable != '\0') {
    const auto fail = [](const std::string& problem) { throw Error(ErrorCode::kUsage, kBlasVariable + problem); };
    return {find_blas(variable, fail), std::string("forced by ") + kBlasVariable};
  }
  // What such a model keeps in floats has the bits of every CPU, as its integers have.
  if (precision == Precision::kInt8) return {Blas::kOwn, "the same bits on every CPU"};
  if ((kernels::cpu_features() & kernels::kAvx2) != 0) return {Blas::kOwn, "the faster on this CPU"};
  if (has_openblas()) return {Blas::kOpenBlas, "the faster on this CPU"};
  return {Blas::kOwn, "there is no OpenBLAS that can be loaded"};
}

}  // namespace fbert
