#pragma once

#include <string>

namespace fbert {

// How many threads to use, and why.
struct ThreadDecision {
  int threads = 1;
  std::string reason;  // "2 physical cores allowed by the affinity mask"
};

// `requested` > 0 wins; else FBERT_NUM_THREADS, else OMP_NUM_THREADS, else the physical cores that the affinity mask and
// the cgroup CPU quota (v1 and v2, rounded up) allow. Throws kUsage for a variable that is not a count from 1 to 1024.
ThreadDecision decide_threads(int requested = 0);

}  // namespace fbert
