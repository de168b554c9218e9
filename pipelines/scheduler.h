#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <future>
#include <memory>
#include <vector>

#include "fbert/batch.h"
#include "fbert/inputs.h"
#include "fbert/model.h"

namespace fbert {

// Throws kDeadline or kCancelled where the call has ended.
void check_call(const CallOptions& call);

// Shares the threads of a model out among all who call it. Either streams compute, a batch each, or the team does, all
// threads on one batch; what comes meanwhile waits in a queue, first come, first served. Threads start when they are
// first needed, and park when there is nothing to do. A forked child starts its own; what its parent's queue held is
// the parent's.
class Scheduler {
 public:
  using Logits = std::vector<float>;  // (sequences, num_labels)

  static constexpr size_t kQueueCapacity = 1024;

  Scheduler(const Model& model, int threads, size_t capacity = kQueueCapacity);
  ~Scheduler();  // what is still queued ends with kCancelled
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  // Queues a batch for the next stream that is free. Waits while the queue is full. Throws kData when the system gives
  // no thread. The future throws kDeadline when the deadline passed before the batch began, kCancelled likewise (see
  // drop_cancelled), and what Model::forward throws.
  std::future<Logits> submit(PackedBatch batch, const CallOptions& call = {});

  // The same by the team, at once and with the calling thread in it, where nothing else is going on; else like
  // submit(). Returns with the logits. Throws what the future would; after the deadline it does not wait for a forward
  // pass that has begun.
  Logits run(PackedBatch batch, const CallOptions& call = {});

  // The value of a future of submit().
  Logits wait(std::future<Logits> logits, const CallOptions& call) const;

  // Calls work(i) for i in [0, count), shared out among the streams. When calls throw, the exception of one goes on.
  void for_each(size_t count, const std::function<void(size_t)>& work);

  // Ends what is queued for calls that were cancelled: to be called when one is.
  void drop_cancelled();

 private:
  class Pool;
  Pool& pool();
  Pool* new_pool() const;

  const Model model_;
  const int threads_;
  const size_t capacity_;
  std::atomic<Pool*> pool_;
};

}  // namespace fbert
