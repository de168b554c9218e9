#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "fbert/export.h"

namespace fbert {

// How many threads to use, and why.
struct ThreadDecision {
  int threads = 1;
  std::string reason;  // "2 physical cores allowed by the affinity mask"; "requested"
};

// `requested` > 0 wins; else FBERT_NUM_THREADS, else OMP_NUM_THREADS, else the physical cores that the affinity mask
// and the cgroup CPU quota (v1 and v2, rounded up) allow. Throws kUsage for a variable that is not a count from 1 to
// 1024.
FBERT_API ThreadDecision decide_threads(int requested = 0);

// Processors that this thread may run on, of which two may share a core.
FBERT_API int allowed_processors();

// Physical cores among the processors that this thread may run on. `root` is where /sys is looked up.
FBERT_API int allowed_cores(const std::filesystem::path& root = "/");

// The CPUs' worth of time that the cgroups of this process allow, the smallest of all levels; none without a limit.
// `root` is where /proc and /sys are looked up.
FBERT_API std::optional<double> cgroup_cpu_quota(const std::filesystem::path& root = "/");

}  // namespace fbert
