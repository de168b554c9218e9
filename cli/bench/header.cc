#include "cli/bench/header.h"

#include <cmath>

#include <fmt/format.h>

#include "cli/report/table.h"
#include "data/format.h"

namespace fbert {
namespace {

std::string frequencies(const BenchNoise& noise) {
  if (!std::isfinite(noise.min_mhz)) return "frequency unknown";
  return noise.max_mhz - noise.min_mhz < 1 ? fmt::format("{:.0f} MHz", noise.min_mhz)
                                           : fmt::format("{:.0f} to {:.0f} MHz", noise.min_mhz, noise.max_mhz);
}

std::string plural(int count, const char* noun) { return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s"); }

}  // namespace

std::string format_ms(double ms) {
  if (!std::isfinite(ms)) return "-";
  return fmt::format("{:.{}f}", ms, ms < 9.9995 ? 3 : ms < 99.995 ? 2 : 1);
}

std::string format_rate(double rate) { return fmt::format("{:.{}f}", rate, rate < 99.95 ? 1 : 0); }

std::vector<HeaderLine> system_header(const BenchSystem& system, const BenchNoise& noise) {
  const std::string commit = system.commit.empty() ? "" : fmt::format(" ({})", system.commit);
  return {
      {"fbert", fmt::format("{}{}, {}, {}", system.version, commit, system.compiler, system.time)},
      {"cpu", fmt::format("{}, {}, {}, {}", system.cpu, plural(system.sockets, "socket"), plural(system.cores, "core"),
                          plural(system.processors, "processor"))},
      {"caches", system.caches},
      {"isa", fmt::format("{}: {}", system.isa, system.isa_reason)},
      {"blas", system.blas},
      {"system",
       fmt::format("{}, {}, governor {}, turbo {}", system.kernel, frequencies(noise), system.governor, system.turbo)},
      {"limits", fmt::format("CPU quota {}, {}, huge pages {}", system.cpu_quota,
                             plural(system.numa_nodes, "NUMA node"), system.huge_pages)},
      {"load", fmt::format("{} before; while measuring {:.2f} CPUs by others, {:.0f} interruptions/s",
                           system.load_average, noise.other_load, noise.switches_per_second)},
  };
}

void append_header(std::string& out, std::span<const HeaderLine> lines, size_t columns) {
  for (const HeaderLine& line : lines) append_field(out, line.name, line.value, 10, columns);
}

void append_warnings(std::string& out, const BenchNoise& noise, size_t columns) {
  constexpr size_t kMost = 8;  // lines; more would push the tables off the screen
  const std::vector<std::string>& warnings = noise.warnings;
  if (!warnings.empty()) out += "\nThe machine was not quiet:\n";
  const size_t shown = warnings.size() > kMost + 1 ? kMost : warnings.size();
  for (size_t i = 0; i < shown; ++i) append_paragraph(out, warnings[i], 2, columns);
  if (shown < warnings.size()) {
    append_paragraph(out, fmt::format("and {} more signs, which --format json lists", warnings.size() - shown), 2,
                     columns);
  }
}

void append_markdown_header(std::string& out, std::span<const HeaderLine> lines, const BenchNoise& noise) {
  Table details{{{"", true}, {"", true}}, {}};
  for (const HeaderLine& line : lines) details.rows.push_back({line.name, line.value});
  out += "\n<details><summary>Machine and method</summary>\n\n" + details.markdown() + "\n</details>\n";
  if (!noise.warnings.empty()) out += "\nThe machine was not quiet:\n\n";
  for (const std::string& warning : noise.warnings) out += "- " + terminal_text(warning) + '\n';
}

}  // namespace fbert
