#include "pipelines/scheduler.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <iterator>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "engine/fork.h"
#include "fbert/error.h"

namespace fbert {
namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void fail_deadline() { throw Error(ErrorCode::kDeadline, "not done by the deadline"); }

Scheduler::Logits forward(const Model& model, const PackedBatch& batch, Context& context) {
  Scheduler::Logits logits(static_cast<size_t>(batch.sequences()) * static_cast<size_t>(model.config().num_labels()));
  model.forward(batch, context, logits);
  return logits;
}

}  // namespace

void check_call(const CallOptions& call) {
  if (call.cancel.stop_requested()) throw Error(ErrorCode::kCancelled, "the call was cancelled");
  if (call.deadline != Clock::time_point::max() && Clock::now() >= call.deadline) fail_deadline();
}

// The threads of one process, with what they share.
class Scheduler::Pool {
 public:
  // Something that waits for a thread.
  struct Job {
    std::function<Logits(Context&)> work = {};
    bool for_team = false;  // where nothing else is going on
    CallOptions call = {};
    std::promise<Logits> logits = {};
  };

  Pool(const Model& model, int threads, size_t capacity)
      : forks_(fork_generation()), model_(model), threads_(static_cast<size_t>(threads)), capacity_(capacity) {}
  ~Pool();

  bool of_this_process() const { return forks_ == fork_generation(); }

  // Whether nothing is going on; the team is the caller's then, until release_team().
  bool claim_team();
  Context& team();
  void release_team();

  std::future<Logits> push(Job job);
  void drop_cancelled();

 private:
  void start_stream();
  void run_stream();
  void run(Job job, std::optional<Context>& own, bool as_team);
  void begin(bool as_team) { as_team ? void(team_runs_ = true) : void(++streams_running_); }
  void end(bool as_team);

  const uint32_t forks_;
  const Model& model_;
  const size_t threads_;
  const size_t capacity_;

  std::mutex mutex_;
  std::condition_variable work_;       // there is a job that a stream may take, or an end
  std::condition_variable_any space_;  // in the queue
  std::deque<Job> queue_;
  size_t streams_running_ = 0;
  size_t streams_idle_ = 0;
  bool team_runs_ = false;
  bool stopping_ = false;
  std::optional<Context> team_;  // of who has claimed it
  std::vector<std::thread> streams_;
};

Scheduler::Pool::~Pool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  work_.notify_all();
  for (std::thread& stream : streams_) stream.join();
  const auto gone = std::make_exception_ptr(Error(ErrorCode::kCancelled, "the scheduler has ended"));
  for (Job& job : queue_) job.logits.set_exception(gone);
}

bool Scheduler::Pool::claim_team() {
  const std::lock_guard lock(mutex_);
  if (team_runs_ || streams_running_ > 0 || !queue_.empty()) return false;
  begin(true);
  return true;
}

Context& Scheduler::Pool::team() {
  if (!team_) team_.emplace(model_, static_cast<int>(threads_));
  return *team_;
}

void Scheduler::Pool::release_team() { end(true); }

void Scheduler::Pool::end(bool as_team) {
  bool waited_for = false;
  {
    const std::lock_guard lock(mutex_);
    if (as_team) {
      team_runs_ = false;
      waited_for = !queue_.empty();
    } else {
      --streams_running_;
    }
  }
  if (waited_for) work_.notify_all();
}

std::future<Scheduler::Logits> Scheduler::Pool::push(Job job) {
  std::future<Logits> logits = job.logits.get_future();
  {
    std::unique_lock lock(mutex_);
    const auto room = [&] { return queue_.size() < capacity_; };
    if (job.call.deadline == Clock::time_point::max()) {
      space_.wait(lock, job.call.cancel, room);
    } else {
      space_.wait_until(lock, job.call.cancel, job.call.deadline, room);
    }
    check_call(job.call);
    if (queue_.size() >= streams_idle_ && streams_.size() < threads_) start_stream();
    queue_.push_back(std::move(job));
    work_.notify_one();  // under the lock: an end that waits for it finds nobody here
  }
  return logits;
}

void Scheduler::Pool::drop_cancelled() {
  std::deque<Job> cancelled;
  {
    const std::lock_guard lock(mutex_);
    const auto kept = std::stable_partition(queue_.begin(), queue_.end(),
                                            [](const Job& job) { return !job.call.cancel.stop_requested(); });
    std::move(kept, queue_.end(), std::back_inserter(cancelled));
    queue_.erase(kept, queue_.end());
  }
  space_.notify_all();
  const auto error = std::make_exception_ptr(Error(ErrorCode::kCancelled, "the call was cancelled"));
  for (Job& job : cancelled) job.logits.set_exception(error);
}

void Scheduler::Pool::start_stream() {
  try {
    streams_.emplace_back([this] { run_stream(); });
  } catch (const std::system_error& error) {
    throw Error(ErrorCode::kData, fmt::format("cannot start {} threads: {}", threads_, error.code().message()));
  }
}

void Scheduler::Pool::run_stream() {
  std::optional<Context> own;
  std::unique_lock lock(mutex_);
  for (;;) {
    ++streams_idle_;
    work_.wait(lock, [&] { return stopping_ || (!queue_.empty() && !team_runs_); });
    --streams_idle_;
    if (stopping_) return;
    Job job = std::move(queue_.front());
    queue_.pop_front();
    const bool as_team = job.for_team && queue_.empty() && streams_running_ == 0;
    begin(as_team);
    lock.unlock();
    space_.notify_all();  // who is woken may have come to its deadline, and leave the room to another
    run(std::move(job), own, as_team);
    lock.lock();
  }
}

// The thread is free again before the future is ready: who waited for it finds the team idle.
void Scheduler::Pool::run(Job job, std::optional<Context>& own, bool as_team) {
  Logits logits;
  std::exception_ptr failure;
  try {
    check_call(job.call);
    if (!as_team && !own) own.emplace(model_, 1);
    logits = job.work(as_team ? team() : *own);
  } catch (...) {
    failure = std::current_exception();
  }
  end(as_team);
  if (failure) {
    job.logits.set_exception(failure);
  } else {
    job.logits.set_value(std::move(logits));
  }
}

Scheduler::Scheduler(const Model& model, int threads, size_t capacity)
    : model_(model), threads_(threads), capacity_(capacity), pool_(new_pool()) {}

// The threads of a parent's pool cannot be joined in a child, nor its locks be taken: it stays in memory.
Scheduler::~Scheduler() {
  if (Pool* pool = pool_.load(); pool->of_this_process()) delete pool;
}

Scheduler::Pool* Scheduler::new_pool() const { return new Pool(model_, threads_, capacity_); }

Scheduler::Pool& Scheduler::pool() {
  Pool* current = pool_.load(std::memory_order_acquire);
  if (current->of_this_process()) return *current;
  Pool* fresh = new_pool();
  if (pool_.compare_exchange_strong(current, fresh)) return *fresh;
  delete fresh;  // another thread of this child was quicker
  return *current;
}

std::future<Scheduler::Logits> Scheduler::submit(PackedBatch batch, const CallOptions& call) {
  const auto shared = std::make_shared<const PackedBatch>(std::move(batch));
  return pool().push(
      {.work = [this, shared](Context& context) { return forward(model_, *shared, context); }, .call = call});
}

Scheduler::Logits Scheduler::run(PackedBatch batch, const CallOptions& call) {
  check_call(call);
  Pool& current = pool();
  if (current.claim_team()) {
    struct Claim {
      Pool& pool;
      ~Claim() { pool.release_team(); }
    } const claim{current};
    return forward(model_, batch, current.team());
  }
  const auto shared = std::make_shared<const PackedBatch>(std::move(batch));
  return wait(current.push({.work = [this, shared](Context& context) { return forward(model_, *shared, context); },
                            .for_team = true,
                            .call = call}),
              call);
}

Scheduler::Logits Scheduler::wait(std::future<Logits> logits, const CallOptions& call) const {
  if (call.deadline != Clock::time_point::max() && logits.wait_until(call.deadline) != std::future_status::ready) {
    fail_deadline();
  }
  return logits.get();
}

void Scheduler::for_each(size_t count, const std::function<void(size_t)>& work) {
  const size_t streams = std::min(count, static_cast<size_t>(threads_));
  if (streams <= 1) {
    for (size_t i = 0; i < count; ++i) work(i);
    return;
  }
  std::atomic<size_t> next{0};
  const auto share = [&](Context&) {
    for (size_t i = next++; i < count; i = next++) work(i);
    return Logits();
  };
  // Nobody may leave before all have: they share this frame.
  std::vector<std::future<Logits>> shares;
  std::exception_ptr failure;
  try {
    for (size_t i = 0; i < streams; ++i) shares.push_back(pool().push({.work = share}));
  } catch (...) {
    failure = std::current_exception();
    next = count;
  }
  for (std::future<Logits>& done : shares) {
    try {
      done.get();
    } catch (...) {
      failure = std::current_exception();
      next = count;
    }
  }
  if (failure) std::rethrow_exception(failure);
}

void Scheduler::drop_cancelled() { pool().drop_cancelled(); }

}  // namespace fbert
