#pragma once

#include <cstddef>
#include <string>

#include "engine/openblas.h"

namespace fbert::gemm_f32 {

// The highest block of rows of one product over a panel of (depth, columns) for which OpenBLAS stays in the calling
// thread, whatever number of threads the host program gives it: threads are the engine's matter. The kernels for
// AVX-512 CPUs do so for small matrices (at most 10^6 multiply-adds), which they read in place; measured there on one
// core, 32 columns x 768 x 32 rows with weights streaming from memory run at 106 GFLOP/s, 66 as an ordinary product
// that packs its operands on each call. The others do so to 262,144 multiply-adds; larger blocks, for which operands
// are packed less often, are up to a third faster there, and taken where OpenBLAS has one thread.
size_t max_rows(const openblas::Kernels& kernels, int num_threads, size_t columns, size_t depth);
// Of the kernels and threads at hand.
size_t max_rows(size_t columns, size_t depth) noexcept;

// No block is higher than this; more rows gain nothing.
inline constexpr size_t kMostRows = 64;

// C = X * P, or C += X * P with `accumulate`; all row-major.
//   x: (rows, depth), row stride x_stride; p: (depth, columns), row stride p_stride; c: (rows, columns), row stride
//   c_stride
void multiply(const float* x, size_t x_stride, const float* p, size_t p_stride, float* c, size_t c_stride, size_t rows,
              size_t columns, size_t depth, bool accumulate) noexcept;

// Must come before any product; any thread may call it, any number of times. Throws what openblas::load() throws.
void prepare();

// Whether, with the kernels at hand, a row of a product has the same bits whatever the rows beside it. Throws what
// prepare() throws.
bool rows_are_independent();

// openblas::describe(), or that no product has needed OpenBLAS.
std::string description();

}  // namespace fbert::gemm_f32
