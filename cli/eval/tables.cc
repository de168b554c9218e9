// The report of eval for people: tables on a terminal and in Markdown.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "cli/eval/report.h"
#include "cli/report/html.h"
#include "cli/report/plot.h"
#include "cli/report/table.h"
#include "data/format.h"

namespace fbert {
namespace {

using Names = std::vector<std::string>;

bool has(const Names& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string fixed4(double value) { return std::isfinite(value) ? fmt::format("{:.4f}", value) : "n/a"; }
std::string signed4(double value) {
  if (std::fabs(value) < 0.00005) return "0.0000";
  return std::isfinite(value) ? fmt::format("{:+.4f}", value) : "n/a";
}
Table results_table(const EvalReport& report, const Names& metrics) {
  Table table{{{"variant", true}}, {}};
  for (const std::string& name : metrics) table.columns.push_back({name});
  for (const char* heading : {"MiB", "ms/text", "texts/s"}) table.columns.push_back({heading});
  for (const VariantReport& variant : report.variants) {
    Names row = {variant.name};
    for (const std::string& name : metrics) row.push_back(fixed4(variant.metric(name)));
    row.push_back(fmt::format("{:.2f}", static_cast<double>(variant.model_size) / (1 << 20)));
    row.push_back(fmt::format("{:.3f}", report.mean_ms(variant)));
    row.push_back(fmt::format("{:.1f}", report.rows_per_second(variant)));
    table.rows.push_back(std::move(row));
  }
  return table;
}

Table difference_table(const EvalReport& report, const Names& metrics) {
  Table table{{{"variant", true}}, {}};
  for (const std::string& name : metrics) table.columns.push_back({name});
  table.columns.push_back({"status", true});
  for (const VariantReport& variant : report.variants) {
    if (!variant.degradation) continue;
    Names row = {variant.name};
    for (const std::string& name : metrics) row.push_back(signed4(variant.degradation->difference(name)));
    row.push_back(variant.degradation->status());
    table.rows.push_back(std::move(row));
  }
  return table;
}

// The same of a regression model, with intervals.
Table interval_table(const EvalReport& report, const Names& metrics) {
  Table table{{{"variant", true}, {"metric", true}, {"difference"}, {"95 % interval"}, {"status", true}}, {}};
  for (const VariantReport& variant : report.variants) {
    if (!variant.degradation) continue;
    const Degradation& degradation = *variant.degradation;
    for (size_t i = 0; i < degradation.differences.size(); ++i) {
      const auto& [name, difference] = degradation.differences[i];
      if (!has(metrics, name)) continue;
      const Interval& interval = degradation.intervals[i];
      table.rows.push_back({variant.name, name, signed4(difference),
                            fmt::format("{} to {}", signed4(interval.low), signed4(interval.high)),
                            name == Degradation::kRegressionDecisive ? degradation.status() : ""});
    }
  }
  return table;
}

Table change_table(const EvalReport& report) {
  Table table{{{"variant", true}}, {}};
  if (!report.regression()) {
    for (const char* heading : {"changed", "broken", "fixed", "McNemar p"}) table.columns.push_back({heading});
  }
  table.columns.insert(table.columns.end(), {{"smaller"}, {"faster"}});
  for (const VariantReport& variant : report.variants) {
    if (!variant.degradation) continue;
    const Degradation& degradation = *variant.degradation;
    Names row = {variant.name};
    if (!report.regression()) {
      row.insert(row.end(), {fmt::format("{}", degradation.changed), fmt::format("{}", degradation.broken),
                             fmt::format("{}", degradation.fixed), fixed4(degradation.mcnemar.p_value)});
    }
    row.insert(row.end(), {fmt::format("{:.2f}x", report.compression_ratio(variant)),
                           fmt::format("{:.2f}x", report.speed_up(variant))});
    table.rows.push_back(std::move(row));
  }
  return table;
}

Table per_class_table(const EvalReport& report, const VariantReport& variant) {
  Table table{{{"label", true}, {"rows"}, {"precision"}, {"recall"}, {"f1"}}, {}};
  for (size_t id = 0; id < variant.labels.size(); ++id) {
    const LabelMetrics& label = variant.labels[id];
    table.rows.push_back({report.labels[id], fmt::format("{}", label.support), fixed4(label.precision),
                          fixed4(label.recall), fixed4(label.f1)});
  }
  return table;
}

Table confusion_table(const EvalReport& report, const VariantReport& variant) {
  Table table{{{"gold \\ predicted", true}}, {}};
  for (const std::string& label : report.labels) table.columns.push_back({label});
  for (size_t row = 0; row < report.labels.size(); ++row) {
    Names cells = {report.labels[row]};
    for (size_t column = 0; column < report.labels.size(); ++column) {
      cells.push_back(fmt::format("{}", variant.confusion[row * report.labels.size() + column]));
    }
    table.rows.push_back(std::move(cells));
  }
  return table;
}

struct Section {
  std::string title;  // "" for none
  Table table;
};

std::vector<Section> sections(const EvalReport& report, const EvalTables& tables) {
  Names metrics = report.metrics;
  const bool same_as_loss = has(metrics, "eval_loss") || (report.regression() && has(metrics, "mse"));
  if (!same_as_loss) metrics.push_back("eval_loss");
  std::vector<Section> result = {{"", results_table(report, metrics)}};
  if (report.variants.size() > 1) {
    const std::string& first = report.variants.front().name;
    result.push_back({"differences from " + first,
                      report.regression() ? interval_table(report, metrics) : difference_table(report, metrics)});
    result.push_back({"rows, size and speed against " + first, change_table(report)});
  }
  for (const VariantReport& variant : report.variants) {
    if (tables.per_class && !variant.labels.empty()) {
      result.push_back({"labels with " + variant.name, per_class_table(report, variant)});
    }
    if (tables.confusion && !variant.confusion.empty()) {
      result.push_back({"confusion matrix with " + variant.name, confusion_table(report, variant)});
    }
  }
  return result;
}

std::string plots(const EvalReport& report) {
  Names names;
  std::vector<double> rates;
  std::vector<double> sizes;
  for (const VariantReport& variant : report.variants) {
    names.push_back(variant.name);
    rates.push_back(report.rows_per_second(variant));
    sizes.push_back(static_cast<double>(variant.model_size) / (1 << 20));
  }
  const std::string figures[] = {bar_plot({"Speed", "variant", "texts/s"}, names, rates),
                                 bar_plot({"Weights in memory", "variant", "MiB"}, names, sizes)};
  return plot_row(figures);
}

std::vector<std::pair<const char*, std::string>> header_lines(const EvalReport& report) {
  std::vector<std::pair<const char*, std::string>> lines = {
      {"model", report.model}, {"data", fmt::format("{}: {} rows", report.file, report.rows)}};
  if (report.skipped > 0) lines.back().second += fmt::format(", {} left out", report.skipped);
  if (!report.task.empty()) lines.emplace_back("task", report.task);
  return lines;
}

}  // namespace

std::string to_text(const EvalReport& report, const EvalTables& tables, size_t columns) {
  std::string out;
  for (const auto& [name, value] : header_lines(report)) append_field(out, name, value, 7, columns);
  for (const Section& section : sections(report, tables)) {
    out += '\n';
    if (!section.title.empty()) append_paragraph(out, section.title, 0, columns);
    out += section.table.text(columns);
  }
  return out;
}

std::string to_markdown(const EvalReport& report, const EvalTables& tables) {
  std::string out;
  for (const auto& [name, value] : header_lines(report)) out += fmt::format("- {}: `{}`\n", name, terminal_text(value));
  for (const Section& section : sections(report, tables)) {
    out += '\n';
    if (!section.title.empty()) out += fmt::format("### {}\n\n", terminal_text(section.title));
    out += section.table.markdown();
  }
  return out;
}

std::string to_html(const EvalReport& report) {
  std::string body;
  Table about{{{"", true}, {"", true}}, {}};
  for (const auto& [name, value] : header_lines(report)) about.rows.push_back({name, value});
  body += html_table(about);
  for (const Section& section : sections(report, {.per_class = true, .confusion = false})) {
    if (!section.title.empty()) body += html_heading(section.title);
    body += html_table(section.table);
    if (section.title.empty()) body += plots(report);
  }
  for (const VariantReport& variant : report.variants) {
    if (variant.confusion.empty()) continue;
    body += html_heading("confusion matrix with " + variant.name);
    body += html_heat_table("gold \\ predicted", report.labels, variant.confusion);
  }
  return html_page("fbert eval", body);
}

}  // namespace fbert
