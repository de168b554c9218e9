// Counts what is taken from the heap, by whatever means: C++ and C end in malloc() and its relatives, which this file
// replaces for the whole program. For one source file of a test program. Sanitizers replace them as well: there
// kCountsAllocations is false and nothing is counted.
#pragma once

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>

#include "tests/support/sanitizers.h"

namespace fbert::testing {

#if FBERT_UNDER_ASAN || FBERT_UNDER_TSAN
constexpr bool kCountsAllocations = false;
#else
constexpr bool kCountsAllocations = true;
#endif

inline std::atomic<uint64_t> allocations = 0;

// Allocations by any thread while `action` runs.
template <typename Action>
uint64_t allocations_during(Action action) {
  const uint64_t before = allocations;
  action();
  return allocations - before;
}

}  // namespace fbert::testing

#if !FBERT_UNDER_ASAN && !FBERT_UNDER_TSAN

extern "C" {

void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* memory, size_t size);
void* __libc_memalign(size_t alignment, size_t size);

void* malloc(size_t size) {
  ++fbert::testing::allocations;
  return __libc_malloc(size);
}

void* calloc(size_t count, size_t size) {
  ++fbert::testing::allocations;
  return __libc_calloc(count, size);
}

void* realloc(void* memory, size_t size) {
  ++fbert::testing::allocations;
  return __libc_realloc(memory, size);
}

void* memalign(size_t alignment, size_t size) {
  ++fbert::testing::allocations;
  return __libc_memalign(alignment, size);
}

void* aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }

int posix_memalign(void** memory, size_t alignment, size_t size) {
  void* taken = memalign(alignment, size);
  if (taken == nullptr) return ENOMEM;
  *memory = taken;
  return 0;
}

}  // extern "C"

#endif
