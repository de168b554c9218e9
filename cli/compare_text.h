#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "cli/compare_report.h"
#include "cli/table.h"

// What the forms of the report of compare share.
namespace fbert {

double mean_ms(const CompareReport& report, const ComparedSide& side);  // wall time of a row

// A heading, what to know about the table, and the table.
struct CompareSection {
  std::string title;
  std::string note;
  Table table;
};

// All tables but the one of flips. The models are called A and B.
std::vector<CompareSection> compare_sections(const CompareReport& report);

// Name and value of what stands above the tables.
std::vector<std::pair<std::string, std::string>> compare_header(const CompareReport& report);

std::string flips_title(const CompareReport& report);

// The rows that flipped; texts are cut to `text_width` columns of a terminal.
Table flips_table(const CompareReport& report, size_t text_width);

}  // namespace fbert
