#pragma once

#include <functional>
#include <string>
#include <vector>

// Keeps measurements apart from what else the machine does.
namespace fbert::bench {

// Says before each sample whether the machine is quiet: no other process took more than a twentieth of it during the
// last fifth of a second, and the peak probe runs at 95 % of its known peak or more right now.
class NoiseGate {
 public:
  NoiseGate();

  bool quiet();
  double peak_gmacs() const { return peak_; }  // of one core: the best probe so far; 0 without a probe

 private:
  void look_at_machine();

  double peak_ = 0;
  bool others_idle_ = true;
  double last_look_ = 0;  // seconds
  double last_busy_ = 0;  // CPU seconds of the whole machine
  double last_own_ = 0;   // CPU seconds of this process
};

NoiseGate& noise_gate();

struct Samples {
  std::vector<double> seconds;  // of the clean samples, sorted
  int dropped = 0;

  double median() const;  // seconds must not be empty
};

// Runs `sample` until `wanted` clean samples are there, or four times as many are dropped. A sample counts when the
// machine was quiet before and after it.
Samples gated_samples(int wanted, const std::function<double()>& sample);

// For the head of a report.
std::string load_average();

}  // namespace fbert::bench
