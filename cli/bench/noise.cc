#include "cli/bench/noise.h"

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <sstream>

#include <fmt/format.h>

namespace fbert {
namespace {

namespace fs = std::filesystem;

cpu_set_t allowed_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  ::sched_getaffinity(0, sizeof(set), &set);
  return set;
}

// Lines such as "cpu1 user nice system idle iowait irq softirq steal guest guest_nice", in ticks.
void read_cpu_times(const fs::path& root, NoiseCounters& counters) {
  const cpu_set_t allowed = allowed_cpus();
  const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  std::ifstream file(root / "proc/stat");
  for (std::string line; std::getline(file, line) && line.starts_with("cpu");) {
    std::istringstream words(line.substr(3));
    int cpu = 0;
    if (line[3] == ' ' || !(words >> cpu) || cpu >= CPU_SETSIZE || !CPU_ISSET(static_cast<size_t>(cpu), &allowed)) {
      continue;
    }
    double user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0;
    words >> user >> nice >> system >> idle >> iowait >> irq >> softirq >> steal;
    counters.busy_seconds += (user + nice + system + irq + softirq) / ticks;
    counters.stolen_seconds += steal / ticks;
  }
}

// The value behind a key of a file of "key value" lines, 0 without it.
int64_t value_of(const fs::path& path, const std::string& wanted) {
  std::ifstream file(path);
  std::string key;
  int64_t value = 0;
  while (file >> key >> value) {
    if (key == wanted) return value;
  }
  return 0;
}

// Of the cgroup of this process: v2 has one hierarchy ("0::/path"), v1 one that names the controller cpu.
int64_t throttled_periods(const fs::path& root) {
  std::ifstream file(root / "proc/self/cgroup");
  int64_t periods = 0;
  for (std::string line; std::getline(file, line);) {
    const size_t controllers = line.find(':') + 1;
    const size_t path = line.find(':', controllers) + 1;
    if (controllers == 0 || path == 0) continue;
    const std::string names = "," + line.substr(controllers, path - 1 - controllers) + ",";
    const fs::path group = fs::path(line.substr(path)).relative_path();
    if (names == ",,") periods += value_of(root / "sys/fs/cgroup" / group / "cpu.stat", "nr_throttled");
    if (names.find(",cpu,") != std::string::npos) {
      periods += value_of(root / "sys/fs/cgroup/cpu" / group / "cpu.stat", "nr_throttled");
    }
  }
  return periods;
}

int64_t thermal_events(const fs::path& root) {
  int64_t events = 0;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(root / "sys/devices/system/cpu", ignored)) {
    std::ifstream file(entry.path() / "thermal_throttle/core_throttle_count");
    int64_t count = 0;
    if (file >> count) events += count;
  }
  return events;
}

}  // namespace

NoiseCounters read_noise_counters(const fs::path& root) {
  NoiseCounters counters;
  read_cpu_times(root, counters);
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  counters.own_seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime);
  counters.switches = usage.ru_nivcsw;
  counters.throttled_periods = throttled_periods(root);
  counters.thermal_events = thermal_events(root);
  return counters;
}

std::vector<double> cpu_frequencies(const fs::path& root) {
  std::vector<double> mhz;
  const cpu_set_t allowed = allowed_cpus();
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(static_cast<size_t>(cpu), &allowed)) continue;
    std::ifstream file(root / fmt::format("sys/devices/system/cpu/cpu{}/cpufreq/scaling_cur_freq", cpu));
    double khz = 0;
    if (file >> khz) mhz.push_back(khz / 1e3);
  }
  if (!mhz.empty()) return mhz;
  std::ifstream file(root / "proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("cpu MHz")) mhz.push_back(std::atof(line.c_str() + line.find(':') + 1));
  }
  return mhz;
}

NoiseWatch::NoiseWatch() : start_(read_noise_counters()), start_time_(Clock::now()), last_look_(start_time_) {
  note_frequencies();
}

void NoiseWatch::look() {
  const auto now = Clock::now();
  if (now - last_look_ < std::chrono::milliseconds(500)) return;
  last_look_ = now;
  note_frequencies();
}

void NoiseWatch::note_frequencies() {
  for (const double mhz : cpu_frequencies()) {
    if (!mhz_) mhz_ = Interval{mhz, mhz};
    mhz_ = Interval{std::min(mhz_->low, mhz), std::max(mhz_->high, mhz)};
  }
}

BenchNoise NoiseWatch::finish() {
  note_frequencies();
  const NoiseCounters end = read_noise_counters();
  const double seconds = std::max(std::chrono::duration<double>(Clock::now() - start_time_).count(), 1e-9);
  BenchNoise noise;
  const double busy = end.busy_seconds - start_.busy_seconds;
  noise.other_load = std::max(busy - (end.own_seconds - start_.own_seconds), 0.0) / seconds;
  noise.stolen = (end.stolen_seconds - start_.stolen_seconds) / seconds;
  noise.switches_per_second = static_cast<double>(end.switches - start_.switches) / seconds;
  noise.throttled_periods = end.throttled_periods - start_.throttled_periods;
  noise.thermal_events = end.thermal_events - start_.thermal_events;
  const double unknown = std::numeric_limits<double>::quiet_NaN();
  noise.min_mhz = mhz_ ? mhz_->low : unknown;
  noise.max_mhz = mhz_ ? mhz_->high : unknown;
  return noise;
}

namespace {

constexpr double kMostOtherLoad = 0.05;  // of each CPU
constexpr double kMostStolen = 0.01;
constexpr double kMostSwitches = 20;  // per second and thread; a quiet machine has a handful
constexpr double kMostCv = 0.05;
constexpr double kMostOutliers = 0.01;
constexpr double kMostFrequencyRatio = 1.1;

std::string where(const BenchReport& report, const BenchCase& one) {
  std::string text = report.variants[one.variant].name;
  if (one.setting.seq_len > 0) text += fmt::format(", seq-len {}", one.setting.seq_len);
  return text + fmt::format(", batch {}, {} thread{}", one.setting.batch, one.setting.threads,
                            one.setting.threads == 1 ? "" : "s");
}

void add_case_warnings(const BenchReport& report, const BenchCase& one, std::vector<std::string>& warnings) {
  const std::string name = where(report, one);
  if (!one.stable && one.warmup_runs > 1) {
    warnings.push_back(fmt::format("{}: times were not stable after {} warm-up runs", name, one.warmup_runs));
  }
  const bool equal_work = one.setting.seq_len > 0;
  if (!equal_work) return;
  if (one.time.cv() > kMostCv) {
    warnings.push_back(
        fmt::format("{}: times vary by {:.1f} % (standard deviation over mean)", name, 100 * one.time.cv()));
  }
  if (static_cast<double>(one.outliers) > kMostOutliers * static_cast<double>(one.time.n)) {
    warnings.push_back(fmt::format("{}: {} of {} samples are outliers", name, one.outliers, one.time.n));
  }
}

}  // namespace

std::vector<std::string> noise_warnings(const BenchNoise& noise, const BenchSystem& system, int threads) {
  std::vector<std::string> warnings;
  const cpu_set_t allowed = allowed_cpus();
  const int cpus = CPU_COUNT(&allowed);
  if (noise.other_load > kMostOtherLoad * cpus) {
    warnings.push_back(fmt::format("other programs kept {:.2f} of {} CPUs busy", noise.other_load, cpus));
  }
  if (noise.stolen > kMostStolen * cpus) {
    warnings.push_back(fmt::format("the hypervisor took {:.2f} of {} CPUs away", noise.stolen, cpus));
  }
  if (noise.switches_per_second > kMostSwitches * threads) {
    warnings.push_back(fmt::format("fbert was interrupted {:.0f} times a second (involuntary context switches)",
                                   noise.switches_per_second));
  }
  if (noise.throttled_periods > 0) {
    warnings.push_back(fmt::format("the CPU quota stopped fbert in {} periods", noise.throttled_periods));
  }
  if (noise.thermal_events > 0) {
    warnings.push_back(fmt::format("cores were too hot and slowed down {} times", noise.thermal_events));
  }
  if (noise.max_mhz > kMostFrequencyRatio * noise.min_mhz) {
    warnings.push_back(
        fmt::format("CPU frequencies from {:.0f} to {:.0f} MHz were seen", noise.min_mhz, noise.max_mhz));
  }
  if (system.governor != "performance" && system.governor != "unknown") {
    warnings.push_back(fmt::format("the frequency governor is {}, not performance", system.governor));
  }
  return warnings;
}

std::vector<std::string> sample_warnings(const BenchReport& report) {
  std::vector<std::string> warnings;
  for (const BenchCase& one : report.cases) add_case_warnings(report, one, warnings);
  return warnings;
}

}  // namespace fbert
