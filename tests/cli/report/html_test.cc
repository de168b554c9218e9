#include "cli/report/html.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "cli/report/plot.h"

namespace fbert::html_test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Checks that tags nest and are closed, and that no raw < or > stands in text. Returns what is wrong, or "".
std::string ill_formed(const std::string& html) {
  const std::set<std::string> empty_elements = {"meta", "!DOCTYPE"};
  std::vector<std::string> open;
  for (size_t at = 0; at < html.size();) {
    const size_t begin = html.find('<', at);
    const size_t stray = html.find('>', at);
    const bool in_style = !open.empty() && open.back() == "style";
    if (!in_style && stray < begin) return "a stray > in: " + html.substr(at, 80);
    if (begin == std::string::npos) break;
    const size_t end = html.find('>', begin);
    if (end == std::string::npos) return "an open tag: " + html.substr(begin, 80);
    std::string tag = html.substr(begin + 1, end - begin - 1);
    at = end + 1;
    if (tag.find('<') != std::string::npos) return "< in a tag: " + tag;
    if (tag.ends_with('/')) continue;
    const std::string name = tag.substr(0, tag.find_first_of(" \n"));
    if (tag.starts_with('/')) {
      if (open.empty() || "/" + open.back() != tag) return "unexpected <" + tag + ">";
      open.pop_back();
    } else if (!empty_elements.contains(name)) {
      open.push_back(name);
    }
  }
  return open.empty() ? "" : "never closed: " + open.back();
}

constexpr const char* kHostile = "</script></td><b onload=\"x\">'&amp;\x1b[31m\xff";

TEST(Html, EscapesHostileText) {
  EXPECT_EQ(html_text("</script><b>"), "&lt;/script&gt;&lt;b&gt;");
  EXPECT_EQ(html_text("a\"b'c&d"), "a&quot;b&#39;c&amp;d");
  EXPECT_EQ(html_text("\x1b[31m"), "\\u001b[31m");
  EXPECT_EQ(html_text("\xff"), "\xEF\xBF\xBD");
  EXPECT_EQ(html_text("grün 雪"), "grün 雪");
}

TEST(Html, PagesOfHostileTextAreWellFormed) {
  const std::string hostile = kHostile;
  const std::vector<std::string> labels = {hostile, "b"};
  const std::vector<int64_t> counts = {3, 1, 0, 0};
  const Series series[] = {{.name = hostile, .x = {1, 2}, .y = {1, 2}}, {.name = "b", .x = {1, 2}, .y = {2, 3}}};
  const double values[] = {1, 2};
  const Axes axes{hostile, hostile, hostile};
  const std::string plots[] = {line_plot(axes, series), ecdf_plot(axes, series), histogram(axes, values),
                               bar_plot(axes, labels, values), scatter_plot(axes, values, values)};
  const std::string page = html_page(
      hostile, html_heading(hostile) + html_paragraph(hostile, "muted") + html_table({{{hostile, true}}, {{hostile}}}) +
                   html_table({{{hostile}, {hostile, true}}, {{hostile, hostile}}, true}) +
                   html_warnings(hostile, labels) + html_heat_table(hostile, labels, counts) + plot_row(plots));
  EXPECT_EQ(ill_formed(page), "");
  EXPECT_THAT(page, Not(HasSubstr("<b ")));
  EXPECT_THAT(page, Not(HasSubstr("</script>")));
}

TEST(Html, PagesTakeNothingFromElsewhere) {
  const std::string page = html_page("t", html_paragraph("p"));
  for (const char* address : {"http", "src=", "href=", "url(", "@import", "<script"}) {
    EXPECT_THAT(page, Not(HasSubstr(address))) << address;
  }
  EXPECT_THAT(page, HasSubstr("prefers-color-scheme: dark"));
}

TEST(Html, TheCheckOfTheseTestsFindsMistakes) {
  EXPECT_EQ(ill_formed("<p>a</p>"), "");
  EXPECT_NE(ill_formed("<p>a<b></p>"), "");
  EXPECT_NE(ill_formed("<p>a > b</p>"), "");
  EXPECT_NE(ill_formed("<p>a"), "");
}

TEST(Plot, TakesDataThatHasNothingToDraw) {
  const double nothing[] = {NAN, INFINITY};
  const double zeros[] = {0, 0};
  const std::vector<std::string> names = {"a", "b"};
  const Series one[] = {{.name = "a", .x = {1}, .y = {NAN}}};
  for (const std::string& plot :
       {line_plot({}, {}), line_plot({}, one), ecdf_plot({}, one), histogram({}, {}), histogram({}, nothing),
        histogram({}, zeros), bar_plot({}, {}, {}), bar_plot({}, names, nothing), scatter_plot({}, {}, {}),
        scatter_plot({}, nothing, zeros)}) {
    EXPECT_EQ(ill_formed(plot), "");
    EXPECT_THAT(plot, Not(HasSubstr("nan")));
    EXPECT_THAT(plot, Not(HasSubstr("inf")));
  }
}

TEST(Html, ManyWarningsAreFoldedUp) {
  EXPECT_EQ(html_warnings("noise", {}), "");
  const std::vector<std::string> few(2, "w");
  const std::vector<std::string> many(30, "w");
  EXPECT_THAT(html_warnings("noise", few), HasSubstr("<details class=\"warning\" open=\"\"><summary>noise: 2 signs<"));
  EXPECT_THAT(html_warnings("noise", many), HasSubstr("<details class=\"warning\"><summary>noise: 30 signs<"));
}

// Each text has its own direction, and names its column where a narrow page makes paragraphs of the rows.
TEST(Html, RowsWithProseNameTheirCells) {
  EXPECT_THAT(html_table({{{"line"}, {"text", true}}, {{"7", "a"}}, true}),
              HasSubstr("<td data-name=\"line\">7</td><td class=\"left long\" dir=\"auto\">a</td>"));
}

TEST(Html, GroupsOfRowsHaveTheirFirstCellInCommon) {
  const Table table{{{"setting", true}, {"variant", true}},
                    {{"16 tokens", "a"}, {"16 tokens", "b"}, {"32 tokens", "a"}}};
  const std::string html = html_table(table, true);
  EXPECT_THAT(html, Not(HasSubstr("setting")));
  EXPECT_THAT(html,
              HasSubstr("<th class=\"left\" colspan=\"1\">16 tokens</th></tr>\n<tr><td class=\"left\">a</td></tr>\n"
                        "<tr><td class=\"left\">b</td></tr>\n<tr class=\"group\">"));
  EXPECT_THAT(html_table({table.columns, {{"16 tokens", "a"}}}, true), Not(HasSubstr("16 tokens")));
}

TEST(Plot, LongNamesOfBarsAreShortened) {
  const std::vector<std::string> names(4, "models/fine-tuned-on-everything");
  const double values[] = {1, 2, 3, 4};
  EXPECT_THAT(bar_plot({}, names, values), HasSubstr(">mod...ything<title>models/fine-tuned-on-everything</title>"));
}

TEST(Plot, CountsHaveNoTicksBetweenThem) {
  const Series series[] = {{.name = "a", .x = {1, 2}, .y = {1, 2}}};
  EXPECT_THAT(line_plot({}, series), Not(HasSubstr(">1.5</text>\n<text")));
}

TEST(Plot, LargeTicksAreShort) {
  const Series series[] = {{.name = "a", .x = {1, 2}, .y = {10000, 250000}}};
  EXPECT_THAT(line_plot({}, series), HasSubstr(">200k</text>"));
}

TEST(Plot, AHistogramCountsEveryValue) {
  const double values[] = {0, 0.1, 0.1, 3};
  const std::string plot = histogram({}, values);
  size_t bars = 0;
  for (size_t at = plot.find("<rect"); at != std::string::npos; at = plot.find("<rect", at + 1)) ++bars;
  EXPECT_EQ(bars, 3U);
}

}  // namespace
}  // namespace fbert::html_test
