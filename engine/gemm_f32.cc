#include "engine/gemm_f32.h"

#include <cblas.h>

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "fbert/error.h"

namespace fbert::gemm_f32 {
namespace {

constexpr size_t kSmallMatrixLimit = 1'000'000;

blasint blas(size_t n) { return static_cast<blasint>(n); }

}  // namespace

size_t max_rows(size_t columns, size_t depth) {
  return std::clamp<size_t>(kSmallMatrixLimit / (columns * depth), 1, kMostRows);
}

void multiply(const float* x, size_t x_stride, const float* p, size_t p_stride, float* c, size_t c_stride, size_t rows,
              size_t columns, size_t depth, bool accumulate) noexcept {
  // Seen column-major, as OpenBLAS works, this is P^T X^T with both operands untransposed, its fastest form.
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, blas(rows), blas(columns), blas(depth), 1.0F, x,
              blas(x_stride), p, blas(p_stride), accumulate ? 1.0F : 0.0F, c, blas(c_stride));
}

void prepare() {
  if (openblas_get_parallel() == OPENBLAS_OPENMP) {
    throw Error(
        ErrorCode::kUnsupported,
        "this OpenBLAS is an OpenMP build, whose threads fight with fbert's: install the pthread or serial build "
        "(Debian: libopenblas0-pthread)");
  }
  openblas_set_num_threads(1);
}

std::string description() {
  std::string_view version = openblas_get_config();
  version = version.substr(0, version.find(' ', version.find(' ') + 1));
  return fmt::format("{}, {} kernels, {} build", version, openblas_get_corename(),
                     openblas_get_parallel() == OPENBLAS_SEQUENTIAL ? "serial" : "pthreads");
}

}  // namespace fbert::gemm_f32
