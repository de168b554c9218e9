#include "cli/bench/probe.h"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

#include "data/clock.h"
#include "fbert/quantize.h"
#include "metrics/statistics.h"
#include "pipelines/load_options.h"

namespace fbert {
namespace {

double peak_bytes() {
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("VmHWM:")) return std::atof(line.c_str() + 6) * 1024;
  }
  return std::numeric_limits<double>::quiet_NaN();
}

// Where there is no head or no tokenizer: loads the model and runs it over a few tokens.
BenchProbe probe_model(const Variant& variant, int threads) {
  const auto start = Clock::now();
  const ClassifierOptions& options = variant.options;
  const Model model = load_model(variant.folder, load_options(options));
  BenchProbe probe{.load_ms = 1e3 * seconds_since(start)};
  Context context(model, threads);
  PackedBatch batch(model.config());
  batch.add(std::vector<int32_t>(3, 0));
  std::vector<float> hidden(static_cast<size_t>(3 * model.config().hidden_size));
  model.hidden_states(batch, context, hidden);
  probe.first_label_ms = 1e3 * seconds_since(start);
  return probe;
}

BenchProbe probe_here(const Variant& variant, int threads) {
  try {
    const auto start = Clock::now();
    ClassifierOptions options = variant.options;
    options.threads = threads;
    Classifier classifier = Classifier::load(variant.folder, options);
    BenchProbe probe{.load_ms = 1e3 * seconds_since(start)};
    classifier.classify("a good film");
    probe.first_label_ms = 1e3 * seconds_since(start);
    return probe;
  } catch (const Error&) {
    return probe_model(variant, threads);
  }
}

std::optional<BenchProbe> probe_in_child(const Variant& variant, int threads) {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) return {};
  const pid_t child = ::fork();
  if (child == 0) {
    try {
      BenchProbe probe = probe_here(variant, threads);
      probe.peak_bytes = peak_bytes();
      ::_exit(::write(ends[1], &probe, sizeof(probe)) == sizeof(probe) ? 0 : 1);
    } catch (...) {
      ::_exit(1);  // the parent meets the same failure and reports it
    }
  }
  ::close(ends[1]);
  BenchProbe probe;
  const bool done = child > 0 && ::read(ends[0], &probe, sizeof(probe)) == sizeof(probe);
  ::close(ends[0]);
  if (child > 0) ::waitpid(child, nullptr, 0);
  return done ? std::optional(probe) : std::nullopt;
}

}  // namespace

std::optional<BenchProbe> probe_variant(const Variant& variant, int threads) {
  std::vector<double> load, first, peak;
  for (int i = 0; i < 3; ++i) {
    const auto probe = probe_in_child(variant, threads);
    if (!probe) return {};
    load.push_back(probe->load_ms);
    first.push_back(probe->first_label_ms);
    peak.push_back(probe->peak_bytes);
  }
  return BenchProbe{median(load), median(first), median(peak)};
}

}  // namespace fbert
