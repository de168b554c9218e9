// fbert's float32 products in a shared library, for a host program that may use OpenBLAS itself: numpy_host_test.py.
#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <string>

#include "engine/gemm_f32.h"
#include "fbert/error.h"

// c (rows, columns) = x (rows, depth) * p (depth, columns), row-major, as linear layers call it: block by block.
extern "C" int host_multiply(const float* x, const float* p, float* c, size_t rows, size_t columns, size_t depth) {
  try {
    fbert::gemm_f32::prepare();
  } catch (const fbert::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  const size_t most = fbert::gemm_f32::max_rows(columns, depth);
  for (size_t row = 0; row < rows; row += most) {
    fbert::gemm_f32::multiply(x + row * depth, depth, p, columns, c + row * columns, columns,
                              std::min(most, rows - row), columns, depth, false);
  }
  return 0;
}

// What fbert says of the library; valid until the next call.
extern "C" const char* host_blas() {
  static std::string text;
  text = fbert::gemm_f32::description();
  return text.c_str();
}
