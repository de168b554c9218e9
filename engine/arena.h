#pragma once

#include <cstddef>
#include <cstdint>

namespace fbert {

// One block of memory for all weights of a model: cache-line aligned pieces handed out in order, huge pages advised
// (fewer TLB misses while the weights stream through). Address space is reserved at once; pages that are never
// touched cost nothing.
class Arena {
 public:
  explicit Arena(size_t capacity_bytes);

  // An arena that only counts: its pieces are null pointers, used_bytes() is the capacity that a real one needs.
  static Arena measuring();

  ~Arena();
  Arena(Arena&& other) noexcept;
  Arena& operator=(Arena&& other) noexcept;

  // Room for `count` values, 64-byte aligned, zero. The capacity must not be exceeded.
  float* floats(size_t count) { return reinterpret_cast<float*>(bytes(count * sizeof(float))); }
  int32_t* ints(size_t count) { return reinterpret_cast<int32_t*>(bytes(count * sizeof(int32_t))); }
  int8_t* int8s(size_t count) { return reinterpret_cast<int8_t*>(bytes(count)); }
  std::byte* bytes(size_t count);

  size_t used_bytes() const { return used_; }

 private:
  Arena() = default;
  void release();

  std::byte* base_ = nullptr;
  size_t capacity_ = 0;
  size_t used_ = 0;
};

}  // namespace fbert
