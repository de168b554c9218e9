#include "fbert/threads.h"

#include <sched.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <set>
#include <sstream>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "fbert/error.h"

namespace fbert {
namespace {

namespace fs = std::filesystem;

constexpr int kMostThreads = 1024;

std::string first_line(const fs::path& path) {
  std::ifstream in(path);
  std::string line;
  std::getline(in, line);
  return line;
}

// The limit of one cgroup v2 folder: cpu.max holds "<quota> <period>" or "max <period>".
std::optional<double> quota_v2(const fs::path& folder) {
  std::istringstream line(first_line(folder / "cpu.max"));
  double quota = 0;
  double period = 0;
  if (!(line >> quota >> period) || quota <= 0 || period <= 0) return std::nullopt;
  return quota / period;
}

std::optional<double> quota_v1(const fs::path& folder) {
  std::istringstream quota_line(first_line(folder / "cpu.cfs_quota_us"));
  std::istringstream period_line(first_line(folder / "cpu.cfs_period_us"));
  double quota = 0;
  double period = 0;
  if (!(quota_line >> quota) || !(period_line >> period) || quota <= 0 || period <= 0) return std::nullopt;
  return quota / period;
}

// Walks from the process' own cgroup up to the root of the hierarchy: every level may set a limit. Inside a container
// the path may not exist, while the limit stands at the root of what is mounted.
template <typename Quota>
std::optional<double> smallest_quota(const fs::path& mount, const fs::path& group, const Quota& quota_of) {
  std::optional<double> smallest;
  for (fs::path path = group.relative_path();; path = path.parent_path()) {
    if (const std::optional<double> quota = quota_of(mount / path); quota && (!smallest || *quota < *smallest)) {
      smallest = quota;
    }
    if (path.empty()) return smallest;
  }
}

// A count from a variable of the environment; OMP_NUM_THREADS may hold a list, whose first entry is the outer level.
std::optional<int> count_from(const char* variable) {
  const char* value = std::getenv(variable);
  if (value == nullptr || *value == '\0') return std::nullopt;
  const std::string_view text(value);
  const std::string_view head = text.substr(0, text.find(','));
  int count = 0;
  const auto [end, error] = std::from_chars(head.data(), head.data() + head.size(), count);
  if (error != std::errc() || end != head.data() + head.size() || count < 1 || count > kMostThreads) {
    throw Error(ErrorCode::kUsage, fmt::format("{}: expected a number of threads from 1 to {}, found {}", variable,
                                               kMostThreads, escaped(text)));
  }
  return count;
}

// The processors that this thread may run on. The mask is grown until the kernel's fits; CPU_SETSIZE (1024) is too
// small for the largest machines.
std::vector<int> affinity() {
  std::vector<int> allowed;
  for (int processors = CPU_SETSIZE; processors <= (1 << 20); processors *= 2) {
    const std::unique_ptr<cpu_set_t, void (*)(cpu_set_t*)> mask(CPU_ALLOC(static_cast<size_t>(processors)),
                                                                [](cpu_set_t* set) { CPU_FREE(set); });
    const size_t bytes = CPU_ALLOC_SIZE(static_cast<size_t>(processors));
    if (mask == nullptr || ::sched_getaffinity(0, bytes, mask.get()) != 0) continue;
    for (int processor = 0; processor < processors; ++processor) {
      if (CPU_ISSET_S(static_cast<size_t>(processor), bytes, mask.get())) allowed.push_back(processor);
    }
    break;
  }
  return allowed;
}

std::string counted(int count, const char* noun) { return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s"); }

}  // namespace

int allowed_processors() { return std::max(1, static_cast<int>(affinity().size())); }

int allowed_cores(const fs::path& root) {
  const std::vector<int> processors = affinity();
  std::set<std::pair<std::string, std::string>> cores;  // (package, core)
  for (const int processor : processors) {
    const fs::path topology = root / fmt::format("sys/devices/system/cpu/cpu{}/topology", processor);
    const std::string core = first_line(topology / "core_id");
    if (!core.empty()) cores.emplace(first_line(topology / "physical_package_id"), core);
  }
  return std::max(1, static_cast<int>(cores.empty() ? processors.size() : cores.size()));
}

std::optional<double> cgroup_cpu_quota(const fs::path& root) {
  std::optional<double> smallest;
  std::ifstream groups(root / "proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {  // "<id>:<controllers>:<path>"
    const size_t first = line.find(':');
    const size_t second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const fs::path group = line.substr(second + 1);
    std::optional<double> quota;
    if (controllers.empty()) {
      quota = smallest_quota(root / "sys/fs/cgroup", group, quota_v2);
    } else if ((',' + controllers + ',').find(",cpu,") != std::string::npos) {
      quota = smallest_quota(root / "sys/fs/cgroup/cpu", group, quota_v1);
    }
    if (quota && (!smallest || *quota < *smallest)) smallest = quota;
  }
  return smallest;
}

ThreadDecision decide_threads(int requested) {
  if (requested > 0) return {requested, "requested"};
  for (const char* variable : {"FBERT_NUM_THREADS", "OMP_NUM_THREADS"}) {
    if (const std::optional<int> count = count_from(variable)) return {*count, variable};
  }
  const int cores = allowed_cores();
  if (const std::optional<double> quota = cgroup_cpu_quota(); quota && std::ceil(*quota) < cores) {
    const int threads = std::max(1, static_cast<int>(std::ceil(*quota)));
    return {threads, fmt::format("a cgroup quota of {:.2f} CPUs, with {}", *quota, counted(cores, "physical core"))};
  }
  return {cores, counted(cores, "physical core") + " allowed by the affinity mask"};
}

}  // namespace fbert
