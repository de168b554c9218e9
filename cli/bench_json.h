#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "cli/bench_report.h"

// What the JSON reports of bench have in common.
namespace fbert {

using OrderedJson = nlohmann::ordered_json;

inline constexpr int kBenchSchema = 1;

OrderedJson number(double value);  // null where it is not known
OrderedJson samples_json(const std::vector<double>& samples);
OrderedJson system_json(const BenchSystem& system);
OrderedJson noise_json(const BenchNoise& noise);
std::string dump(const OrderedJson& json, int indent = -1);

}  // namespace fbert
