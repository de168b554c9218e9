#include "engine/load_tasks.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>

#include "fbert/threads.h"

namespace fbert {
namespace {

constexpr size_t kTaskBytes = size_t{1} << 20;  // of source data
constexpr int kMostLoadThreads = 8;             // reading and packing are bound by memory before that

// The exception of the earliest task that failed.
class FirstFailure {
 public:
  bool before(size_t task) const { return task_.load(std::memory_order_relaxed) < task; }

  void report(size_t task) {
    const std::lock_guard lock(mutex_);
    if (before(task)) return;
    task_.store(task, std::memory_order_relaxed);
    exception_ = std::current_exception();
  }

  void rethrow() const {
    if (exception_) std::rethrow_exception(exception_);
  }

 private:
  std::atomic<size_t> task_{SIZE_MAX};
  std::mutex mutex_;
  std::exception_ptr exception_;
};

}  // namespace

void LoadTasks::run(int threads) const {
  std::atomic<size_t> next{0};
  FirstFailure failure;
  const auto work = [&] {
    LoadScratch scratch;
    for (size_t i = next++; i < tasks_.size() && !failure.before(i); i = next++) {
      try {
        tasks_[i](scratch);
      } catch (...) {
        failure.report(i);
      }
    }
  };
  {
    std::vector<std::jthread> others;
    try {
      for (int i = 1; i < threads; ++i) others.emplace_back(work);
    } catch (const std::system_error&) {
      // No more threads to be had: the ones there are do the work.
    }
    work();
  }
  failure.rethrow();
}

size_t rows_of_task(size_t row_bytes, size_t multiple) {
  return std::max(kTaskBytes / row_bytes / multiple, size_t{1}) * multiple;
}

int loader_threads() {
  const int cores = allowed_cores();
  const double quota = std::ceil(cgroup_cpu_quota().value_or(cores));
  return std::clamp(static_cast<int>(std::min<double>(quota, cores)), 1, kMostLoadThreads);
}

}  // namespace fbert
