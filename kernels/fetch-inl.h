#pragma once

#include <cstddef>
#include <cstdint>

// Cache lines that products ask for before they need them.
namespace fbert::kernels {
namespace {

constexpr size_t kLineBytes = 64;

// Asks for the cache lines of memory that is soon to be written. Where they have left the cache, or another thread has
// read them last, each write would wait for its own.
inline void claim(const void* memory, size_t bytes) {
  const auto* first = static_cast<const uint8_t*>(memory);
  for (size_t i = 0; i < bytes; i += kLineBytes) __builtin_prefetch(first + i, 1);
  __builtin_prefetch(first + bytes - 1, 1);  // where memory does not begin a line
}

}  // namespace
}  // namespace fbert::kernels
