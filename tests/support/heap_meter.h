// Counts the bytes on the heap where C++ takes and returns them. heap_meter.cc replaces the global operators of the
// program it is linked into.
#pragma once

#include <atomic>
#include <cstddef>

namespace fbert::testing {

extern std::atomic<size_t> live_heap_bytes;
extern std::atomic<size_t> most_heap_bytes;

// The most bytes that were on the heap at once while `action` ran, beyond those that were there before it.
template <typename Action>
size_t peak_heap_bytes(Action action) {
  most_heap_bytes = live_heap_bytes.load();
  const size_t before = live_heap_bytes;
  action();
  return most_heap_bytes - before;
}

}  // namespace fbert::testing
