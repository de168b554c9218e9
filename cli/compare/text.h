#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "cli/compare/results.h"
#include "cli/report/table.h"

// What the forms of the report of compare share.
namespace fbert {

double mean_ms(const CompareReport& report, const ComparedSide& side);  // wall time of a row

// A heading, what to know about the table, and the table.
struct CompareSection {
  std::string title;
  std::string note;
  Table table;
};

// All tables but the one of rows. The models are called A and B.
std::vector<CompareSection> compare_sections(const CompareReport& report);

// Name and value of what stands above the tables.
std::vector<std::pair<std::string, std::string>> compare_header(const CompareReport& report);

// The rows that flipped, or whose scores moved furthest; without rows where there are none.
std::string rows_title(const CompareReport& report);
Table rows_table(const CompareReport& report);

// The same and one sentence about answers, of regression models (scores.cc).
std::vector<CompareSection> score_sections(const CompareReport& report);
std::string score_rows_title(const CompareReport& report);
Table score_rows_table(const CompareReport& report);
std::string score_verdict(const CompareReport& report);

std::string text_of(const ListedRow& row);  // "text | pair"

// Figures with four decimals, "n/a" where they are not finite.
std::string plain(double value);
std::string plain_signed(double value);  // zero has no sign

void add_size_and_speed(const CompareReport& report, Table& overview);  // A, B, change and interval below a name
Table distance_table(const CompareReport& report);

}  // namespace fbert
