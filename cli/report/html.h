#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/report/table.h"

namespace fbert {

// Pages that need nothing but a browser: no scripts, fonts, images or addresses outside of them, light or dark as the
// reader's system is. All functions escape the text they are given.

// Text as it may stand in an element or a quoted attribute. Control characters are shown as escapes, ill-formed UTF-8
// as U+FFFD.
std::string html_text(std::string_view text);

std::string html_heading(std::string_view text);
std::string html_paragraph(std::string_view text, std::string_view css_class = "");

// "title: 3 signs" with the warnings below it, folded up where they are many; "" without warnings.
std::string html_warnings(std::string_view title, std::span<const std::string> warnings);

// Scrolls by itself where the page is narrow; there, rows of a table with prose become paragraphs. `grouped`: the first
// cell stands above the consecutive rows that have it in common, unless they are all of them.
std::string html_table(const Table& table, bool grouped = false);

// Counts by row and column label, each cell shaded by its share of its row.
std::string html_heat_table(std::string_view corner, std::span<const std::string> labels,
                            std::span<const int64_t> counts);

// The whole page; `body` is HTML already.
std::string html_page(std::string_view title, std::string_view body);

}  // namespace fbert
