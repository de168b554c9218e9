#include "cli/report/html.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "data/format.h"

namespace fbert {
namespace {

// --series-N colour the lines and bars of plots: distinguishable without red against green, 3:1 against the page.
constexpr std::string_view kStyle = R"(
:root {
  color-scheme: light dark;
  --page: #ffffff; --text: #1b1f24; --muted: #59636e; --line: #d1d9e0; --shade: #f3f5f7; --heat: 31, 111, 235;
  --series-0: #1f6feb; --series-1: #bc4c00; --series-2: #0f7a6c; --series-3: #8250df; --series-4: #9a6700;
  --series-5: #bf3989; --series-6: #59636e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0f1317; --text: #e8edf2; --muted: #9aa6b2; --line: #333c46; --shade: #1a2027; --heat: 88, 166, 255;
    --series-0: #58a6ff; --series-1: #f0883e; --series-2: #3fc0ad; --series-3: #bc8cff; --series-4: #d8b23c;
    --series-5: #f778ba; --series-6: #9aa6b2;
  }
}
* { box-sizing: border-box; }
body { background: var(--page); color: var(--text); font: 15px/1.5 system-ui, sans-serif; margin: 0 auto;
  max-width: 1080px; padding: 1.5rem 1rem 3rem; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 0 .75rem; }
h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
p { margin: .25rem 0 .75rem; max-width: 75ch; }
.verdict { border-left: 4px solid var(--series-0); background: var(--shade); padding: .6rem .9rem; font-size: 1.05rem; }
.warning { border-left: 4px solid var(--series-1); background: var(--shade); padding: .6rem .9rem; max-width: 75ch;
  margin: .25rem 0 .75rem; }
.warning summary { cursor: pointer; }
.warning ul { margin: .4rem 0 0; padding-left: 1.2rem; }
.muted { color: var(--muted); }
.scroll { overflow-x: auto; margin: .5rem 0 1rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; overflow-wrap: normal; }
th, td { padding: .3rem .7rem; border-bottom: 1px solid var(--line); text-align: right; vertical-align: top;
  white-space: nowrap; }
th { color: var(--muted); font-weight: 600; }
td.left, th.left { text-align: left; }
tr.group th { padding-top: .9rem; color: var(--text); }
td.long { min-width: 12rem; white-space: normal; overflow-wrap: anywhere; text-align: start; }
.plots { display: flex; flex-wrap: wrap; gap: 1rem 2rem; }
figure { margin: .5rem 0; flex: 1 1 400px; max-width: 510px; min-width: 0; }
figcaption { font-weight: 600; margin-bottom: .25rem; }
svg { width: 100%; height: auto; display: block; font: 12px system-ui, sans-serif; }
svg text { fill: var(--muted); }
.grid { stroke: var(--line); stroke-width: 1; }
.legend { display: flex; flex-wrap: wrap; gap: .1rem 1rem; color: var(--muted); font-size: .9rem; }
.key { display: inline-block; width: .8rem; height: .8rem; border-radius: 2px; margin-right: .35rem; }
@media (max-width: 600px) {
  body { font-size: 14px; }
  figure { flex-basis: 100%; }
  th, td { padding: .25rem .45rem; }
  table.prose, table.prose tbody { display: block; }
  table.prose thead { display: none; }
  table.prose tr { display: flex; flex-wrap: wrap; gap: 0 .9rem; padding: .35rem 0; border-bottom: 1px solid var(--line); }
  table.prose td { border: 0; padding: 0; }
  table.prose td.long { flex: 1 1 100%; min-width: 0; }
  table.prose td[data-name]::before { content: attr(data-name) " "; color: var(--muted); }
}
)";

constexpr size_t kLongText = 32;  // columns of a terminal from which on a cell may break its lines

// `prose`: the cell may hold a text of any length. Each one has its own direction.
std::string attributes_of(const Table::Column& column, std::string_view cell, bool prose) {
  if (!column.left) return "";
  return prose || display_width(cell) > kLongText ? " class=\"left long\" dir=\"auto\"" : " class=\"left\"";
}

std::string capitalised(std::string_view text) {
  std::string out(text);
  if (!out.empty() && out[0] >= 'a' && out[0] <= 'z') out[0] = static_cast<char>(out[0] - 'a' + 'A');
  return out;
}

}  // namespace

std::string html_text(std::string_view text) {
  std::string out;
  for (const char byte : terminal_text(text)) {
    switch (byte) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += byte;
    }
  }
  return out;
}

std::string html_heading(std::string_view text) { return fmt::format("<h2>{}</h2>\n", html_text(capitalised(text))); }

std::string html_paragraph(std::string_view text, std::string_view css_class) {
  if (css_class.empty()) return fmt::format("<p>{}</p>\n", html_text(text));
  return fmt::format("<p class=\"{}\">{}</p>\n", html_text(css_class), html_text(text));
}

std::string html_warnings(std::string_view title, std::span<const std::string> warnings) {
  constexpr size_t kFew = 4;
  if (warnings.empty()) return "";
  std::string out = fmt::format("<details class=\"warning\"{}><summary>{}: {} sign{}</summary>\n<ul>\n",
                                warnings.size() <= kFew ? " open=\"\"" : "", html_text(title), warnings.size(),
                                warnings.size() == 1 ? "" : "s");
  for (const std::string& warning : warnings) out += fmt::format("<li>{}</li>\n", html_text(warning));
  return out + "</ul></details>\n";
}

std::string html_table(const Table& table, bool grouped) {
  std::string out = fmt::format("<div class=\"scroll\"><table{}>\n<thead><tr>", table.prose ? " class=\"prose\"" : "");
  for (size_t i = grouped ? 1 : 0; i < table.columns.size(); ++i) {
    const Table::Column& column = table.columns[i];
    out += fmt::format("<th{}>{}</th>", column.left ? " class=\"left\"" : "", html_text(column.heading));
  }
  out += "</tr></thead>\n<tbody>\n";
  const bool several = !table.rows.empty() && table.rows.front()[0] != table.rows.back()[0];
  const std::string* group = nullptr;
  for (const auto& row : table.rows) {
    if (grouped && several && (group == nullptr || *group != row[0])) {
      group = &row[0];
      out += fmt::format("<tr class=\"group\"><th class=\"left\" colspan=\"{}\">{}</th></tr>\n", row.size() - 1,
                         html_text(row[0]));
    }
    out += "<tr>";
    for (size_t i = grouped ? 1 : 0; i < row.size(); ++i) {
      const bool last = i + 1 == row.size();
      const Table::Column& column = table.columns[i];
      const std::string name =
          table.prose && !last ? fmt::format(" data-name=\"{}\"", html_text(column.heading)) : std::string();
      out +=
          fmt::format("<td{}{}>{}</td>", attributes_of(column, row[i], table.prose && last), name, html_text(row[i]));
    }
    out += "</tr>\n";
  }
  return out + "</tbody></table></div>\n";
}

std::string html_heat_table(std::string_view corner, std::span<const std::string> labels,
                            std::span<const int64_t> counts) {
  const size_t n = labels.size();
  std::string out =
      fmt::format("<div class=\"scroll\"><table>\n<thead><tr><th class=\"left\">{}</th>", html_text(corner));
  for (const std::string& label : labels) out += fmt::format("<th>{}</th>", html_text(label));
  out += "</tr></thead>\n<tbody>\n";
  for (size_t row = 0; row < n; ++row) {
    const auto cells = counts.subspan(row * n, n);
    const int64_t sum = std::accumulate(cells.begin(), cells.end(), int64_t{0});
    out += fmt::format("<tr><th class=\"left\">{}</th>", html_text(labels[row]));
    for (const int64_t count : cells) {
      // At most 0.45 of the colour, so that the figures stay readable.
      const double share = static_cast<double>(count) / static_cast<double>(std::max<int64_t>(sum, 1));
      out += fmt::format("<td style=\"background: rgba(var(--heat), {:.3f})\">{}</td>", 0.45 * share, count);
    }
    out += "</tr>\n";
  }
  return out + "</tbody></table></div>\n";
}

std::string html_page(std::string_view title, std::string_view body) {
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>{0}</title>\n<style>{1}</style>\n</head>\n<body>\n<h1>{0}</h1>\n{2}</body>\n</html>\n",
      html_text(title), kStyle, body);
}

}  // namespace fbert
