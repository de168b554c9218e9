#pragma once

#include <string>
#include <vector>

#include "cli/bench/results.h"
#include "cli/report/json_report.h"

// What the JSON reports of bench have in common.
namespace fbert {

inline constexpr int kBenchSchema = 1;

OrderedJson samples_json(const std::vector<double>& samples);
OrderedJson system_json(const BenchSystem& system);
OrderedJson noise_json(const BenchNoise& noise);

// The object `head` with an array behind it that has an entry on each line, so that thousands of samples do not become
// as many lines.
std::string dump_with_array(const OrderedJson& head, const std::string& key, const std::vector<OrderedJson>& entries);

// What every line of JSONL begins with. `Report` is a BenchReport or a ServerReport.
template <typename Report>
OrderedJson line_head(const Report& report) {
  return {{"schema", kBenchSchema},           {"model", report.model},          {"input", report.input},
          {"version", report.system.version}, {"commit", report.system.commit}, {"time", report.system.time},
          {"cpu", report.system.cpu},         {"isa", report.system.isa},       {"warnings", report.noise.warnings}};
}

}  // namespace fbert
