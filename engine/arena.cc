#include "engine/arena.h"

#include <sys/mman.h>

#include <new>
#include <utility>

#include "fbert/error.h"

namespace fbert {
namespace {

constexpr size_t kAlignment = 64;
constexpr size_t kHugePage = size_t{2} << 20;

}  // namespace

Arena::Arena(size_t capacity_bytes) : capacity_((capacity_bytes / kHugePage + 1) * kHugePage) {
  void* memory = ::mmap(nullptr, capacity_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  ::madvise(memory, capacity_, MADV_HUGEPAGE);
  base_ = static_cast<std::byte*>(memory);
}

Arena Arena::measuring() {
  Arena arena;
  arena.capacity_ = SIZE_MAX;
  return arena;
}

Arena::~Arena() { release(); }

Arena::Arena(Arena&& other) noexcept
    : base_(std::exchange(other.base_, nullptr)), capacity_(other.capacity_), used_(other.used_) {}

Arena& Arena::operator=(Arena&& other) noexcept {
  if (this != &other) {
    release();
    base_ = std::exchange(other.base_, nullptr);
    capacity_ = other.capacity_;
    used_ = other.used_;
  }
  return *this;
}

void Arena::release() {
  if (base_ != nullptr) ::munmap(base_, capacity_);
}

std::byte* Arena::bytes(size_t count) {
  const size_t rounded = (count + kAlignment - 1) / kAlignment * kAlignment;
  if (rounded > capacity_ - used_) throw Error(ErrorCode::kInternal, "weight arena is too small");
  std::byte* piece = base_ == nullptr ? nullptr : base_ + used_;
  used_ += rounded;
  return piece;
}

}  // namespace fbert
