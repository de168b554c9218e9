#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "cli/bench/inputs.h"
#include "cli/bench/results.h"
#include "cli/bench/sampling.h"
#include "cli/variants.h"
#include "fbert/classifier.h"

namespace fbert {

struct BenchRequest {
  std::vector<Variant> variants;       // at least one
  std::vector<BenchSetting> settings;  // at least one
  std::vector<LengthShare> lengths{};  // of sequences of random tokens where a setting has no length
  std::vector<TextInput> texts{};      // instead of random tokens, from text to label
  std::string input = "random tokens";
  std::string threads_reason;
  SamplingPlan sampling{};
};

// Loads all variants and measures them side by side, setting by setting. Shows progress on a terminal. Throws kUsage
// for a setting that one of the models does not have positions for, and what loading throws.
BenchReport run_bench(const BenchRequest& request);

}  // namespace fbert
