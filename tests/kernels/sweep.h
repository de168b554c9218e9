#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/table.h"

// Compares an elementary function of a kernel table with the C library in double precision, over all floats.
namespace fbert::kernels {

struct Elementary {
  const char* name;
  void (*compute)(const KernelTable& table, const float* x, float* y, size_t n);
  double (*exact)(double x);
  double max_ulp;       // where x >= relative_from
  float relative_from;  // below it the error is bounded absolutely
  double max_absolute;
};

// The bounds are those of docs/numerics.md.
std::span<const Elementary> elementary_functions();

struct SweepResult {
  uint64_t arguments = 0;
  double max_ulp = 0;
  float at_max_ulp = 0;
  double max_absolute = 0;
  float at_max_absolute = 0;
  uint64_t wrong_nan = 0;  // NaN from a number, or a number from NaN
  float at_wrong_nan = 0;
};

// Every stride-th bit pattern.
SweepResult sweep(const Elementary& function, const KernelTable& table, uint32_t stride);

// The error of `got` in units of the last place of the float nearest to `exact`; an infinite float counts as 2^128.
double ulp_error(float got, double exact);

}  // namespace fbert::kernels
