#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "cli/bench/results.h"

// The forms in which results are printed.
namespace fbert {

std::string to_json(const BenchReport& report);   // one object, raw samples included
std::string to_jsonl(const BenchReport& report);  // a line for each case, raw samples included
std::string to_csv(const BenchReport& report);
// For people (tables.cc). Columns that do not fit into `width` are left out, the least important first.
std::string to_text(const BenchReport& report, size_t width = SIZE_MAX);
std::string to_markdown(const BenchReport& report);
// For a browser, with plots (html.cc).
std::string to_html(const BenchReport& report);

}  // namespace fbert
