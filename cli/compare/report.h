#pragma once

#include <cstddef>
#include <string>

#include "cli/compare/results.h"

// The forms in which results are printed.
namespace fbert {

// One sentence about answers, and one about speed and size.
std::string verdict(const CompareReport& report);

std::string to_json(const CompareReport& report);
// For people (tables.cc). `columns` is the width that the rows of a table may have on a terminal.
std::string to_text(const CompareReport& report, size_t columns);
std::string to_markdown(const CompareReport& report);
// For a browser (html.cc); texts of flipped rows are whole.
std::string to_html(const CompareReport& report);

}  // namespace fbert
