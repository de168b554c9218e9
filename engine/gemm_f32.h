#pragma once

#include <cstddef>
#include <string>

namespace fbert::gemm_f32 {

// The widest block of rows of B that one product over this panel may have, so that OpenBLAS takes its kernels for small
// matrices (at most 10^6 multiply-adds), which read their operands in place. They exist for AVX-512 CPUs; measured
// there on one core, 32 columns x 768 x 32 rows with weights streaming from memory run at 106 GFLOP/s, 66 as an
// ordinary product that packs its operands on each call.
size_t max_rows(size_t columns, size_t depth);

// No block is higher than this; more rows gain nothing.
inline constexpr size_t kMostRows = 64;

// C = X * P, or C += X * P with `accumulate`; all row-major.
//   x: (rows, depth), row stride x_stride; p: (depth, columns), row stride p_stride; c: (rows, columns), row stride
//   c_stride
void multiply(const float* x, size_t x_stride, const float* p, size_t p_stride, float* c, size_t c_stride, size_t rows,
              size_t columns, size_t depth, bool accumulate) noexcept;

// Sets OpenBLAS to single-threaded calls for the whole process: threads are the engine's matter. Throws kUnsupported
// for an OpenMP build of OpenBLAS, which does not keep to that.
void prepare();

// "OpenBLAS 0.3.21, SkylakeX kernels, pthreads build"
std::string description();

}  // namespace fbert::gemm_f32
