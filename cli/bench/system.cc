#include "cli/bench/system.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <utility>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "cli/bench/build_info.h"
#include "fbert/threads.h"
#include "fbert/version.h"
#include "kernels/cpu.h"

namespace fbert {
namespace {

namespace fs = std::filesystem;

const fs::path kCpus = "/sys/devices/system/cpu";

// The first line of a file, "" where there is none.
std::string line_of(const fs::path& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

std::string or_unknown(std::string text) { return text.empty() ? "unknown" : text; }

// "64K" as the kernel writes it, as "64 KiB".
std::string cache_size(std::string size) {
  if (!size.empty() && size.back() == 'K') {
    const int kib = std::atoi(size.c_str());
    return kib >= 1024 ? fmt::format("{:g} MiB", kib / 1024.0) : fmt::format("{} KiB", kib);
  }
  return size;
}

std::string describe_caches() {
  std::string out;
  for (int i = 0; fs::exists(kCpus / fmt::format("cpu0/cache/index{}", i)); ++i) {
    const fs::path cache = kCpus / fmt::format("cpu0/cache/index{}", i);
    const std::string type = line_of(cache / "type");
    if (type == "Instruction") continue;
    out += fmt::format("{}L{}{} {}", out.empty() ? "" : ", ", line_of(cache / "level"), type == "Data" ? "d" : "",
                       cache_size(line_of(cache / "size")));
  }
  return or_unknown(out);
}

void count_cores(BenchSystem& system) {
  system.processors = static_cast<int>(::sysconf(_SC_NPROCESSORS_ONLN));
  std::set<std::string> sockets;
  std::set<std::pair<std::string, std::string>> cores;
  for (int cpu = 0; cpu < ::sysconf(_SC_NPROCESSORS_CONF); ++cpu) {
    const fs::path topology = kCpus / fmt::format("cpu{}/topology", cpu);
    const std::string socket = line_of(topology / "physical_package_id");
    if (socket.empty()) continue;
    sockets.insert(socket);
    cores.insert({socket, line_of(topology / "core_id")});
  }
  system.sockets = static_cast<int>(sockets.size());
  system.cores = static_cast<int>(cores.size());
  while (fs::exists(fmt::format("/sys/devices/system/node/node{}", system.numa_nodes))) ++system.numa_nodes;
}

std::string describe_turbo() {
  const std::string no_turbo = line_of(kCpus / "intel_pstate/no_turbo");
  if (!no_turbo.empty()) return no_turbo == "0" ? "on" : "off";
  const std::string boost = line_of(kCpus / "cpufreq/boost");
  if (!boost.empty()) return boost == "0" ? "off" : "on";
  return "unknown";
}

// The choice that stands in brackets: "always [madvise] never".
std::string bracketed(const std::string& line) {
  const size_t begin = line.find('[') + 1;
  const size_t end = line.find(']');
  return begin == 0 || end == std::string::npos ? line : line.substr(begin, end - begin);
}

std::string load_average() {
  std::istringstream words(line_of("/proc/loadavg"));
  std::string one, five, fifteen;
  words >> one >> five >> fifteen;
  return or_unknown(fifteen.empty() ? "" : fmt::format("{} {} {}", one, five, fifteen));
}

}  // namespace

BenchSystem describe_system() {
  BenchSystem system;
  system.version = version();
  system.commit = build_info::kCommit;
  system.compiler = build_info::kCompiler;
  system.time = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
  system.cpu = kernels::cpu_brand();
  count_cores(system);
  system.caches = describe_caches();
  const auto quota = cgroup_cpu_quota();
  system.cpu_quota = quota ? fmt::format("{:g}", *quota) : "none";
  utsname name{};
  ::uname(&name);
  system.kernel = fmt::format("{} {}", name.sysname, name.release);
  system.governor = or_unknown(line_of(kCpus / "cpu0/cpufreq/scaling_governor"));
  system.turbo = describe_turbo();
  system.huge_pages = or_unknown(bracketed(line_of("/sys/kernel/mm/transparent_hugepage/enabled")));
  system.load_average = load_average();
  return system;
}

}  // namespace fbert
