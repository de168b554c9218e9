#pragma once

#include <filesystem>
#include <string>

#include <nlohmann/json.hpp>

#include "cli/report/terminal.h"

namespace fbert {

// What `fbert inspect --cpu` says: what the CPU and the operating system offer, which kernel table is chosen and why,
// cores, limits and threads, caches. `isa` and `threads` are those of the command line, "" and 0 without. `root` is
// where /proc and /sys are looked up. Throws what decide_isa() and decide_threads() throw.
nlohmann::ordered_json inspect_cpu(const std::string& isa, int threads, const std::filesystem::path& root = "/");

// The same for people, on a terminal of `columns`.
std::string describe_cpu(const nlohmann::ordered_json& report, size_t columns = kUnlimited);

}  // namespace fbert
