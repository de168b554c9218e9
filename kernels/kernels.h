#pragma once

#include <cstddef>
#include <string_view>

#include "kernels/table.h"

// Numbers and pointers only: no BERT, no files, no allocation, no exceptions.
namespace fbert::kernels {

// All tables built into this library, best first; "ref" (plain C++) is the last.
struct TableList {
  const KernelTable* const* tables;
  size_t count;
};
TableList all_tables();

// The table of that name, or null. It may need features that this CPU lacks: see supported().
const KernelTable* find(std::string_view name);

// Whether this CPU and operating system can run the table.
bool supported(const KernelTable& table);

// The best supported table.
const KernelTable& best();

// The least multiple of `multiple` that is not below n, for what kernels read in whole blocks. Not for the instruction
// set files, which include no such function.
constexpr size_t round_up(size_t n, size_t multiple) { return (n + multiple - 1) / multiple * multiple; }

// Bytes of Int8Attention::scratch.
size_t int8_attention_scratch(size_t length, size_t head_size);

}  // namespace fbert::kernels
