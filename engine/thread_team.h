#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <utility>
#include <vector>

namespace fbert {

// Joins the members of a team at a point of the graph. Waiting spins for a few microseconds, because a step of the
// graph is that short; then yields the core for a while, because on an oversubscribed machine the member waited for may
// need it; and then parks, because that member may be off its core for long, and a quota of CPU time is not to be spent
// on waiting for it. A team of more members than processors does not spin.
class Barrier {
 public:
  explicit Barrier(int members);
  void arrive_and_wait() noexcept;
  bool spins() const { return spins_; }

 private:
  const int members_;
  const bool spins_;
  alignas(128) std::atomic<int> arrived_{0};
  alignas(128) std::atomic<uint32_t> generation_{0};
};

// What a member of a team knows of itself.
struct Worker {
  int id = 0;
  int count = 1;
  Barrier* barrier = nullptr;  // null in a team of one

  void sync() const noexcept {
    if (barrier != nullptr) barrier->arrive_and_wait();
  }

  // This worker's contiguous share of `items`: [first, second). Shares differ by one item at most.
  std::pair<size_t, size_t> share(size_t items) const {
    const size_t n = static_cast<size_t>(count);
    const size_t i = static_cast<size_t>(id);
    return {items * i / n, items * (i + 1) / n};
  }
};

// Threads that run one function together, all of them from its beginning to its end, and meet at barriers inside. The
// calling thread is member 0. Between runs the others spin for a bounded time, where barriers do, then park and use no
// CPU.
class ThreadTeam {
 public:
  // Throws kData when the system has no more threads to give.
  explicit ThreadTeam(int members);
  ~ThreadTeam();  // of a team of this process
  ThreadTeam(const ThreadTeam&) = delete;
  ThreadTeam& operator=(const ThreadTeam&) = delete;

  int members() const { return members_; }

  // False in a child that was forked off after the team had started: its threads are those of the parent. Such a team
  // can neither run nor end.
  bool of_this_process() const;

  // Calls function(worker) in every member and returns when all have finished. The function must not throw.
  template <typename Function>
  void run(const Function& function) noexcept {
    run_erased([](const void* f, const Worker& worker) { (*static_cast<const Function*>(f))(worker); }, &function);
  }

 private:
  using Task = void (*)(const void*, const Worker&);
  void run_erased(Task task, const void* argument) noexcept;
  void member_loop(int id) noexcept;
  void stop() noexcept;
  Worker worker(int id) { return {id, members_, members_ > 1 ? &barrier_ : nullptr}; }

  const int members_;
  Barrier barrier_;
  Task task_ = nullptr;
  const void* argument_ = nullptr;
  bool stopping_ = false;
  const uint32_t forks_;
  alignas(128) std::atomic<uint32_t> published_{0};  // number of tasks handed out; the fields above belong to it
  std::vector<std::thread> threads_;
};

}  // namespace fbert
