#pragma once

#include <filesystem>
#include <string>

#include <nlohmann/json.hpp>

#include "cli/report/terminal.h"
#include "fbert/inputs.h"

namespace fbert {

// What `fbert inspect --cpu` says: what the CPU and the operating system offer, which kernel table is chosen and why,
// whose products of floats, cores, limits and threads, caches. Of `options`, `isa`, `blas` and `threads` count. `root`
// is where /proc and /sys are looked up. Throws what decide_isa(), decide_blas() and decide_threads() throw.
nlohmann::ordered_json inspect_cpu(const ClassifierOptions& options, const std::filesystem::path& root = "/");

// The same for people, on a terminal of `columns`.
std::string describe_cpu(const nlohmann::ordered_json& report, size_t columns = kUnlimited);

}  // namespace fbert
