#pragma once

#include <span>
#include <string>
#include <vector>

#include "cli/bench/results.h"
#include "cli/report/terminal.h"

// What the reports of bench for people have in common.
namespace fbert {

std::string format_ms(double ms);      // three decimals below 10, four digits above; "-" where it is not known
std::string format_rate(double rate);  // per second

struct HeaderLine {
  std::string name;
  std::string value;
};

std::vector<HeaderLine> system_header(const BenchSystem& system, const BenchNoise& noise);

// Both for a terminal of `columns`.
void append_header(std::string& out, std::span<const HeaderLine> lines, size_t columns = kUnlimited);
void append_warnings(std::string& out, const BenchNoise& noise, size_t columns = kUnlimited);
void append_markdown_header(std::string& out, std::span<const HeaderLine> lines, const BenchNoise& noise);

}  // namespace fbert
