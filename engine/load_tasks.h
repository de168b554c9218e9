#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

namespace fbert {

// Buffers of a thread that loads weights, kept from task to task.
struct LoadScratch {
  std::vector<float> floats;
  std::vector<int8_t> bytes;
  std::vector<float> scales;
};

// Pieces of loading that do not depend on each other.
class LoadTasks {
 public:
  using Task = std::function<void(LoadScratch&)>;

  void add(Task task) { tasks_.push_back(std::move(task)); }

  // Runs all tasks on up to `threads` threads. When tasks throw, the exception of the one that was added first goes on,
  // whatever the number of threads.
  void run(int threads) const;

 private:
  std::vector<Task> tasks_;
};

// Rows of a matrix that make up a task: about a mebibyte, a multiple of `multiple`.
size_t rows_of_task(size_t row_bytes, size_t multiple);

// Calls f(first, count) for pieces of `piece` rows, of which the last may be smaller.
template <typename F>
void for_each_piece(size_t rows, size_t piece, F f) {
  for (size_t first = 0; first < rows; first += piece) f(first, std::min(piece, rows - first));
}

// Threads that loading may use here: the cores that are allowed, at most 8.
int loader_threads();

}  // namespace fbert
