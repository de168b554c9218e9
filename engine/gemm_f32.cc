#include "engine/gemm_f32.h"

#include <algorithm>

namespace fbert::gemm_f32 {
namespace {

// Multiply-adds of a product.
constexpr size_t kSmallMatrixLimit = 1'000'000;
constexpr size_t kOneThreadLimit = 262'144;  // SMP_THRESHOLD_MIN * GEMM_MULTITHREAD_THRESHOLD of OpenBLAS
constexpr size_t kRowGroup = 4;              // of the kernels; what is left over is slow

// Values of OpenBLAS' C interface.
constexpr int kRowMajor = 101;
constexpr int kNoTranspose = 111;

int blas(size_t n) { return static_cast<int>(n); }

}  // namespace

size_t max_rows(const openblas::Kernels& kernels, int num_threads, size_t columns, size_t depth) {
  const bool any = kernels.small_matrices || num_threads == 1;
  const size_t rows =
      any ? kSmallMatrixLimit / (columns * depth) : kOneThreadLimit / (columns * depth) / kRowGroup * kRowGroup;
  return std::clamp<size_t>(rows, 1, kMostRows);
}

size_t max_rows(size_t columns, size_t depth) noexcept {
  const openblas::Library& library = *openblas::loaded();
  return max_rows(library.kernels, library.num_threads(), columns, depth);
}

void multiply(const float* x, size_t x_stride, const float* p, size_t p_stride, float* c, size_t c_stride, size_t rows,
              size_t columns, size_t depth, bool accumulate) noexcept {
  // Seen column-major, as OpenBLAS works, this is P^T X^T with both operands untransposed, its fastest form.
  openblas::loaded()->sgemm(kRowMajor, kNoTranspose, kNoTranspose, blas(rows), blas(columns), blas(depth), 1.0F, x,
                            blas(x_stride), p, blas(p_stride), accumulate ? 1.0F : 0.0F, c, blas(c_stride));
}

void prepare() { openblas::load(); }

bool rows_are_independent() { return openblas::load().kernels.independent_rows; }

std::string description() {
  const openblas::Library* library = openblas::loaded();
  return library != nullptr ? openblas::describe(*library) : "OpenBLAS not loaded: nothing here needs it";
}

}  // namespace fbert::gemm_f32
