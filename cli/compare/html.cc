// The report of compare as a page for a browser.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "cli/compare/report.h"
#include "cli/compare/text.h"
#include "cli/report/html.h"
#include "cli/report/plot.h"

namespace fbert {
namespace {

// How often the answers with a score of about x are right.
Series reliability(const std::string& name, const ComparedSide& side) {
  constexpr size_t kBins = 10;
  constexpr int64_t kFew = 5;  // rows of which a share says nothing
  std::vector<double> right(kBins);
  std::vector<double> score(kBins);
  std::vector<int64_t> rows(kBins);
  for (size_t i = 0; i < side.confidence.size(); ++i) {
    const auto bin = std::min(static_cast<size_t>(side.confidence[i] * static_cast<double>(kBins)), kBins - 1);
    right[bin] += static_cast<double>(side.quality->correct[i]);
    score[bin] += side.confidence[i];
    ++rows[bin];
  }
  Series series{.name = name, .x = {}, .y = {}};
  for (size_t bin = 0; bin < kBins; ++bin) {
    if (rows[bin] < kFew) continue;
    series.x.push_back(100 * score[bin] / static_cast<double>(rows[bin]));
    series.y.push_back(100 * right[bin] / static_cast<double>(rows[bin]));
  }
  return series;
}

std::string plots(const CompareReport& report) {
  std::vector<std::string> figures;
  figures.push_back(
      report.scores ? histogram({"How far scores moved", "difference of the score", "rows"}, report.distances)
                    : histogram({"How far logits moved", "largest difference of a logit", "rows"}, report.distances));
  if (!report.layers.layers.empty()) {
    std::vector<std::string> names;
    std::vector<double> decibels;
    for (const LayerNoise& layer : report.layers.layers) {
      names.push_back(layer.layer < 0 ? "emb." : fmt::format("{}", layer.layer));
      decibels.push_back(layer.decibels());
    }
    figures.push_back(bar_plot({"Signal to quantisation noise", "behind layer", "dB"}, names, decibels));
  }
  if (report.scores) {
    figures.push_back(
        scatter_plot({"Score of B by score of A", "A", "B"}, report.scores->first, report.scores->second));
  } else if (report.labelled()) {
    const Series series[] = {reliability("A", report.first), reliability("B", report.second)};
    figures.push_back(line_plot({"How often answers of a score are right", "score, %", "right, %"}, series));
  }
  return plot_row(figures);
}

}  // namespace

std::string to_html(const CompareReport& report) {
  std::string body = html_paragraph(verdict(report), "verdict");
  Table about{{{"", true}, {"", true}}, {}};
  for (const auto& [name, value] : compare_header(report)) about.rows.push_back({name, value});
  body += html_table(about);
  const std::vector<CompareSection> sections = compare_sections(report);
  body += html_table(sections.front().table) + plots(report);
  for (size_t i = 1; i < sections.size(); ++i) {
    body += html_heading(sections[i].title);
    if (!sections[i].note.empty()) body += html_paragraph(sections[i].note, "muted");
    body += html_table(sections[i].table);
  }
  if (!report.layers.reason.empty())
    body += html_paragraph("No comparison of layers: " + report.layers.reason, "muted");
  if (!report.agreement.empty()) {
    body += html_heading("Labels of A against labels of B, in rows");
    body += html_heat_table("A \\ B", report.labels, report.agreement);
  }
  body += html_heading(rows_title(report));
  const Table rows = rows_table(report);
  if (!rows.rows.empty()) body += html_table(rows);
  return html_page("fbert compare", body);
}

}  // namespace fbert
