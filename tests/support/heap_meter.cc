#include "tests/support/heap_meter.h"

#include <cstdlib>
#include <new>

#include <malloc.h>

namespace fbert::testing {

std::atomic<size_t> live_heap_bytes = 0;
std::atomic<size_t> most_heap_bytes = 0;

namespace {

void* take(size_t size) {
  void* memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) throw std::bad_alloc();
  const size_t live = live_heap_bytes += malloc_usable_size(memory);
  if (live > most_heap_bytes) most_heap_bytes = live;
  return memory;
}

void give_back(void* memory) noexcept {
  if (memory == nullptr) return;
  live_heap_bytes -= malloc_usable_size(memory);
  std::free(memory);
}

}  // namespace
}  // namespace fbert::testing

void* operator new(size_t size) { return fbert::testing::take(size); }
void* operator new[](size_t size) { return fbert::testing::take(size); }
void* operator new(size_t size, const std::nothrow_t&) noexcept {
  try {
    return fbert::testing::take(size);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}
void* operator new[](size_t size, const std::nothrow_t& tag) noexcept { return operator new(size, tag); }
void operator delete(void* memory) noexcept { fbert::testing::give_back(memory); }
void operator delete[](void* memory) noexcept { fbert::testing::give_back(memory); }
void operator delete(void* memory, size_t) noexcept { fbert::testing::give_back(memory); }
void operator delete[](void* memory, size_t) noexcept { fbert::testing::give_back(memory); }
