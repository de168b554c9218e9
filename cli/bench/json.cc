#include "cli/bench/json.h"

#include <cmath>

#include <fmt/format.h>

namespace fbert {

// To the nanosecond, the resolution of the clock.
OrderedJson samples_json(const std::vector<double>& samples) {
  OrderedJson json = OrderedJson::array();
  for (const double ms : samples) json.push_back(std::round(ms * 1e6) / 1e6);
  return json;
}

OrderedJson system_json(const BenchSystem& system) {
  return {
      {"version", system.version},
      {"commit", system.commit},
      {"compiler", system.compiler},
      {"time", system.time},
      {"cpu", system.cpu},
      {"processors", system.processors},
      {"cores", system.cores},
      {"sockets", system.sockets},
      {"numa_nodes", system.numa_nodes},
      {"caches", system.caches},
      {"isa", system.isa},
      {"isa_reason", system.isa_reason},
      {"threads_reason", system.threads_reason},
      {"cpu_quota", system.cpu_quota},
      {"blas", system.blas},
      {"kernel", system.kernel},
      {"governor", system.governor},
      {"turbo", system.turbo},
      {"huge_pages", system.huge_pages},
      {"load_average", system.load_average},
  };
}

OrderedJson noise_json(const BenchNoise& noise) {
  return {
      {"other_load", number(noise.other_load)},
      {"stolen", number(noise.stolen)},
      {"involuntary_switches_per_second", number(noise.switches_per_second)},
      {"throttled_periods", noise.throttled_periods},
      {"thermal_events", noise.thermal_events},
      {"min_mhz", number(noise.min_mhz)},
      {"max_mhz", number(noise.max_mhz)},
      {"warnings", noise.warnings},
  };
}

std::string dump_with_array(const OrderedJson& head, const std::string& key, const std::vector<OrderedJson>& entries) {
  std::string out = dump(head, 2);
  out.resize(out.rfind("\n}"));
  out += fmt::format(",\n  \"{}\": [", key);
  for (size_t i = 0; i < entries.size(); ++i) out += (i == 0 ? "\n    " : ",\n    ") + dump(entries[i]);
  return out + "\n  ]\n}\n";
}

}  // namespace fbert
