#include "bench/noise_gate.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <map>

namespace fbert::bench {
namespace {

constexpr double kProbeMilliseconds = 1;
constexpr double kLeastOfPeak = 0.95;
constexpr double kMostForOthers = 0.05;           // of the machine
constexpr double kSecondsPerLook = 0.2;           // /proc/stat counts in hundredths
constexpr useconds_t kPauseMicroseconds = 5'000;  // where others compute

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

NoiseGate::NoiseGate(const PeakProbe* probe) : probe_(probe) {
  for (int i = 0; probe_ != nullptr && i < 200; ++i) peak_ = std::max(peak_, probe_->gmacs(kProbeMilliseconds));
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

NoiseGate::Look NoiseGate::look() {
  look_at_machine();
  if (!others_idle_) ::usleep(kPauseMicroseconds);
  if (probe_ == nullptr) return {others_idle_, 0};
  const double found = probe_->gmacs(kProbeMilliseconds);
  peak_ = std::max(peak_, found);
  return {others_idle_ && found >= kLeastOfPeak * peak_, found};
}

NoiseGate& noise_gate(const PeakProbe* probe) {
  static std::map<const PeakProbe*, NoiseGate> gates;
  return gates.try_emplace(probe, probe).first->second;
}

double Samples::quantile(double q, const std::function<double(const Sample&)>& f) const {
  std::vector<double> values(kept.size());
  std::transform(kept.begin(), kept.end(), values.begin(), f);
  std::sort(values.begin(), values.end());
  return values[static_cast<size_t>(q * static_cast<double>(values.size() - 1) + 0.5)];
}

Samples gated_samples(int wanted, const PeakProbe* probe, const std::function<double()>& sample) {
  Samples samples;
  std::vector<Sample> noisy;
  NoiseGate& gate = noise_gate(probe);
  sample();  // caches, page tables, the clock
  NoiseGate::Look before = gate.look();
  while (samples.clean < wanted && samples.dropped < 4 * wanted) {
    const double seconds = sample();
    const NoiseGate::Look after = gate.look();
    const bool clean = before.quiet && after.quiet;
    (clean ? samples.kept : noisy).push_back({seconds, (before.gmacs + after.gmacs) / 2});
    ++(clean ? samples.clean : samples.dropped);
    before = after;
  }
  if (samples.clean < wanted) samples.kept.insert(samples.kept.end(), noisy.begin(), noisy.end());
  return samples;
}

std::string load_average() {
  std::ifstream in("/proc/loadavg");
  std::string minute;
  in >> minute;
  return minute;
}

}  // namespace fbert::bench
