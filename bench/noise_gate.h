#pragma once

#include <functional>
#include <string>
#include <vector>

#include "bench/peak_probe.h"

// Keeps measurements apart from what else the machine does.
namespace fbert::bench {

// Says before and after each sample whether the machine is quiet: no other process took more than a twentieth of it
// during the last fifth of a second, and the peak probe runs at 95 % of its known peak or more right now.
class NoiseGate {
 public:
  explicit NoiseGate(const PeakProbe* probe);  // null: without

  struct Look {
    bool quiet;
    double gmacs;  // of the probe right now; 0 without one
  };
  Look look();
  double peak_gmacs() const { return peak_; }  // of one core: the best probe so far; 0 without a probe

 private:
  void look_at_machine();

  const PeakProbe* probe_;
  double peak_ = 0;
  bool others_idle_ = true;
  double last_look_ = 0;  // seconds
  double last_busy_ = 0;  // CPU seconds of the whole machine
  double last_own_ = 0;   // CPU seconds of this process
};

// The one gate of each probe.
NoiseGate& noise_gate(const PeakProbe* probe);

struct Sample {
  double seconds;
  double gmacs;  // of the probe, the mean of before and after; 0 without one
};

// The samples that count: the clean ones, taken while the machine was quiet before and after, or, where too few were,
// all.
struct Samples {
  std::vector<Sample> kept;  // never empty
  int clean = 0;
  int dropped = 0;  // or counted although the machine was not quiet

  // The q-th part, 0 to 1, of the values of f(sample), sorted.
  double quantile(double q, const std::function<double(const Sample&)>& f) const;
};

// Runs `sample`, which says how many seconds it took, until `wanted` clean samples are there, or four times as many are
// not clean.
Samples gated_samples(int wanted, const PeakProbe* probe, const std::function<double()>& sample);

// For the head of a report.
std::string load_average();

}  // namespace fbert::bench
