#include "engine/thread_team.h"

#include <sched.h>

#include <chrono>
#include <system_error>

#include <fmt/format.h>

#include "engine/fork.h"
#include "fbert/error.h"
#include "fbert/threads.h"
#include "kernels/cpu.h"

namespace fbert {
namespace {

using Clock = std::chrono::steady_clock;

// Spinning is bounded by time, not by count: a pause instruction takes 5 to 140 cycles depending on the CPU.
constexpr auto kSpinInBarrier = std::chrono::microseconds(20);
constexpr auto kYieldInBarrier = std::chrono::microseconds(500);
constexpr auto kSpinBetweenRuns = std::chrono::microseconds(100);
constexpr int kPausesPerClockRead = 32;

// Spins until `done` holds; false when the time is over first.
template <typename Condition>
bool spin_until(const Condition& done, Clock::duration limit) noexcept {
  const auto deadline = Clock::now() + limit;
  do {
    for (int i = 0; i < kPausesPerClockRead; ++i) {
      if (done()) return true;
      kernels::pause();
    }
  } while (Clock::now() < deadline);
  return done();
}

}  // namespace

Barrier::Barrier(int members) : members_(members), spins_(members <= allowed_processors()) {}

void Barrier::arrive_and_wait() noexcept {
  const uint32_t generation = generation_.load(std::memory_order_relaxed);
  if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == members_) {
    arrived_.store(0, std::memory_order_relaxed);
    // Not a mere store: notify_all() could look for parked members before they can see the new generation.
    generation_.fetch_add(1, std::memory_order_seq_cst);
    generation_.notify_all();
    return;
  }
  const auto opened = [&] { return generation_.load(std::memory_order_acquire) != generation; };
  if (spins_ && spin_until(opened, kSpinInBarrier)) return;
  const auto deadline = Clock::now() + kYieldInBarrier;
  while (!opened() && Clock::now() < deadline) ::sched_yield();
  generation_.wait(generation, std::memory_order_acquire);
}

ThreadTeam::ThreadTeam(int members) : members_(members), barrier_(members), forks_(fork_generation()) {
  threads_.reserve(static_cast<size_t>(members - 1));
  try {
    for (int id = 1; id < members; ++id) threads_.emplace_back([this, id] { member_loop(id); });
  } catch (const std::system_error& error) {
    stop();
    throw Error(ErrorCode::kData, fmt::format("cannot start {} threads: {}", members, error.code().message()));
  }
}

ThreadTeam::~ThreadTeam() { stop(); }

bool ThreadTeam::of_this_process() const { return members_ == 1 || forks_ == fork_generation(); }

void ThreadTeam::stop() noexcept {
  stopping_ = true;
  published_.fetch_add(1, std::memory_order_release);
  published_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void ThreadTeam::run_erased(Task task, const void* argument) noexcept {
  if (members_ == 1) {
    task(argument, worker(0));
    return;
  }
  task_ = task;
  argument_ = argument;
  published_.fetch_add(1, std::memory_order_release);
  published_.notify_all();
  task(argument, worker(0));
  barrier_.arrive_and_wait();
}

void ThreadTeam::member_loop(int id) noexcept {
  uint32_t seen = 0;
  for (;;) {
    const auto handed_out = [&] { return published_.load(std::memory_order_acquire) != seen; };
    if (!barrier_.spins() || !spin_until(handed_out, kSpinBetweenRuns)) {
      published_.wait(seen, std::memory_order_acquire);
    }
    ++seen;
    if (stopping_) return;
    task_(argument_, worker(id));
    barrier_.arrive_and_wait();
  }
}

}  // namespace fbert
