#include "engine/fork.h"

#include <pthread.h>

#include <atomic>

namespace fbert {
namespace {

std::atomic<uint32_t> forks_so_far{0};

void count_fork() { forks_so_far.fetch_add(1, std::memory_order_relaxed); }

}  // namespace

uint32_t fork_generation() noexcept {
  [[maybe_unused]] static const int registered = ::pthread_atfork(nullptr, nullptr, count_fork);
  return forks_so_far.load(std::memory_order_relaxed);
}

}  // namespace fbert
