#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "kernels/table.h"

// Compares the integer products of kernel tables, word by word, over random problems: edge sizes and large ones, random
// bytes, zeros, and the extremes that saturate 16 bits.
namespace fbert::kernels {

struct ProductCheck {
  uint64_t problems = 0;
  uint64_t words = 0;  // of each table
  uint64_t differing = 0;
  std::string first;  // the first difference, in words; "" without one
};

// Problems [first, first + count) of the sequence that `seed` begins. The oracle is not among `tables`.
ProductCheck check_products(const KernelTable& oracle, std::span<const KernelTable* const> tables, uint64_t seed,
                            uint64_t first, uint64_t count);

}  // namespace fbert::kernels
