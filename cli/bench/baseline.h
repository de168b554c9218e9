#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "cli/bench/results.h"

namespace fbert {

// What `fbert bench --format json` wrote before, as far as comparing needs it.
struct Baseline {
  struct Case {
    std::string variant;
    BenchSetting setting{};
    std::vector<double> samples;  // ms
    size_t block = 1;
  };
  std::string source;  // the file
  std::string cpu;
  std::string isa;
  std::string input;
  bool end_to_end = false;
  std::vector<Case> cases;
};

// Throws kData, with the key, for a file that is no such report.
Baseline load_baseline(const std::string& path);
Baseline parse_baseline(std::string_view json, const std::string& source);

// Sets BenchCase::regression where the baseline has the same variant and setting. Throws kData when it has none of
// them, or measured another input. Returns a line about what makes the two hard to compare (another CPU), "" if
// nothing.
std::string compare_with_baseline(const Baseline& baseline, BenchReport& report);

// "5%" or "5 %" as 0.05. Throws kUsage for anything else, and outside (0, 1000] %.
double parse_percent(const std::string& text, const std::string& option);

// The cases that take longer than in the baseline by more than `limit`, and significantly so: one line each.
std::vector<std::string> regressions(const BenchReport& report, double limit);

// Puts the quality of variants of the same name beside their speed, from what `fbert eval --format json` wrote. Throws
// kData for a file that is no such report or has none of the variants.
void add_accuracy(const std::string& path, BenchReport& report);

}  // namespace fbert
