#pragma once

#include <cstddef>

namespace fbert {

// One block of memory for all weights of a model: cache-line aligned pieces handed out in order, huge pages advised
// (fewer TLB misses while the weights stream through). Address space is reserved at once; pages that are never
// touched cost nothing.
class Arena {
 public:
  explicit Arena(size_t capacity_bytes);
  ~Arena();
  Arena(Arena&& other) noexcept;
  Arena& operator=(Arena&& other) noexcept;

  // Room for `count` floats, 64-byte aligned, zero. The capacity must not be exceeded.
  float* floats(size_t count);

  size_t used_bytes() const { return used_; }

 private:
  void release();

  std::byte* base_ = nullptr;
  size_t capacity_ = 0;
  size_t used_ = 0;
};

}  // namespace fbert
