#include "bench/noise_gate.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>

#include "bench/peak_probe.h"

namespace fbert::bench {
namespace {

constexpr double kProbeMilliseconds = 1;
constexpr double kLeastOfPeak = 0.95;
constexpr double kMostForOthers = 0.05;  // of the machine
constexpr double kSecondsPerLook = 0.2;  // /proc/stat counts in hundredths

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

double own_cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// All processors: user, nice, system, interrupts and what the hypervisor stole, without idle and iowait.
double machine_cpu_seconds() {
  std::ifstream in("/proc/stat");
  std::string name;
  in >> name;
  double busy = 0;
  for (int field = 0; field < 8; ++field) {
    double ticks = 0;
    in >> ticks;
    if (field != 3 && field != 4) busy += ticks;
  }
  return busy / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

}  // namespace

NoiseGate::NoiseGate() {
  if (const PeakProbe* probe = peak_probe(); probe != nullptr) {
    for (int i = 0; i < 200; ++i) peak_ = std::max(peak_, probe->gmacs(kProbeMilliseconds));
  }
  last_look_ = now();
  last_busy_ = machine_cpu_seconds();
  last_own_ = own_cpu_seconds();
}

void NoiseGate::look_at_machine() {
  const double time = now();
  if (time - last_look_ < kSecondsPerLook) return;
  const double busy = machine_cpu_seconds(), own = own_cpu_seconds();
  const double capacity = (time - last_look_) * static_cast<double>(::sysconf(_SC_NPROCESSORS_ONLN));
  others_idle_ = (busy - last_busy_) - (own - last_own_) <= kMostForOthers * capacity;
  last_look_ = time;
  last_busy_ = busy;
  last_own_ = own;
}

bool NoiseGate::quiet() {
  look_at_machine();
  if (!others_idle_) {
    ::usleep(50'000);
    return false;
  }
  const PeakProbe* probe = peak_probe();
  if (probe == nullptr) return true;
  const double found = probe->gmacs(kProbeMilliseconds);
  peak_ = std::max(peak_, found);
  return found >= kLeastOfPeak * peak_;
}

NoiseGate& noise_gate() {
  static NoiseGate gate;
  return gate;
}

double Samples::median() const { return seconds[seconds.size() / 2]; }

Samples gated_samples(int wanted, const std::function<double()>& sample) {
  Samples samples;
  sample();  // caches, page tables, the clock
  bool quiet_before = noise_gate().quiet();
  while (samples.seconds.size() < static_cast<size_t>(wanted) && samples.dropped < 4 * wanted) {
    const double seconds = quiet_before ? sample() : 0;
    const bool quiet_after = noise_gate().quiet();
    if (quiet_before && quiet_after) {
      samples.seconds.push_back(seconds);
    } else {
      ++samples.dropped;
    }
    quiet_before = quiet_after;
  }
  std::sort(samples.seconds.begin(), samples.seconds.end());
  return samples;
}

std::string load_average() {
  std::ifstream in("/proc/loadavg");
  std::string minute;
  in >> minute;
  return minute;
}

}  // namespace fbert::bench
