// The report of compare for people: tables on a terminal and in Markdown.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "cli/compare/report.h"
#include "cli/compare/text.h"
#include "data/format.h"

namespace fbert {
namespace {

using Cells = std::vector<std::string>;

constexpr double kMib = 1 << 20;
constexpr double kSignificance = 0.05;

std::string percent(double share) { return fmt::format("{:.2f} %", 100 * share); }
// Zero has no sign.
std::string with_sign(double value, int digits) {
  const std::string text = fmt::format("{:+.{}f}", value, digits);
  return text.find_first_of("123456789") == std::string::npos ? text.substr(1) : text;
}
std::string points(double share) { return with_sign(100 * share, 2); }
// "2.00x smaller", "2.00x larger" for a half.
std::string times(double value, const char* more, const char* less) {
  if (!std::isfinite(value)) return "n/a";
  if (std::fabs(value - 1) < 0.005) return "the same";
  return value < 1 ? fmt::format("{:.2f}x {}", 1 / value, less) : fmt::format("{:.2f}x {}", value, more);
}
std::string mib(size_t bytes) { return fmt::format("{:.2f}", static_cast<double>(bytes) / kMib); }

std::string p_value(double p) { return p < 0.0001 ? "p < 0.0001" : fmt::format("p = {:.4f}", p); }

Table overview_table(const CompareReport& report) {
  const ComparedSide& a = report.first;
  const ComparedSide& b = report.second;
  Table table{{{"", true}, {"A"}, {"B"}, {"B against A"}, {"95 % interval"}}, {}};
  if (report.labelled()) {
    const Quality& x = *a.quality;
    const Quality& y = *b.quality;
    const Interval& interval = report.accuracy_difference;
    table.rows.push_back({"accuracy", percent(x.accuracy), percent(y.accuracy), points(y.accuracy - x.accuracy) + " pt",
                          fmt::format("{} to {} pt", points(interval.low), points(interval.high))});
    const auto add = [&](const char* name, double first, double second) {
      table.rows.push_back({name, plain(first), plain(second), plain_signed(second - first), ""});
    };
    add("eval loss", x.eval_loss, y.eval_loss);
    add("calibration error", x.calibration_error, y.calibration_error);
    add("Brier score", x.brier, y.brier);
  }
  add_size_and_speed(report, table);
  return table;
}

Table class_table(const CompareReport& report) {
  Table table{{{"label", true}}, {}};
  if (report.labelled()) {
    for (const char* heading : {"rows", "recall A", "recall B", "f1 A", "f1 B", "change of f1"}) {
      table.columns.push_back({heading});
    }
  } else {
    for (const char* heading : {"given by A", "given by B", "change"}) table.columns.push_back({heading});
  }
  for (size_t id = 0; id < report.labels.size(); ++id) {
    Cells row = {report.labels[id]};
    if (report.labelled()) {
      const LabelMetrics& a = report.first.quality->labels[id];
      const LabelMetrics& b = report.second.quality->labels[id];
      row.insert(row.end(), {fmt::format("{}", a.support), plain(a.recall), plain(b.recall), plain(a.f1), plain(b.f1),
                             plain_signed(b.f1 - a.f1)});
    } else {
      const int64_t a = report.first.predicted[id];
      const int64_t b = report.second.predicted[id];
      row.insert(row.end(), {fmt::format("{}", a), fmt::format("{}", b), a == b ? "0" : fmt::format("{:+}", b - a)});
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

Table layer_table(const LayerComparison& comparison) {
  Table table{{{"behind", true}, {"SQNR in dB"}}, {}};
  for (const LayerNoise& layer : comparison.layers) {
    const double decibels = layer.decibels();
    table.rows.push_back({layer.layer < 0 ? "embeddings" : fmt::format("layer {}", layer.layer),
                          std::isfinite(decibels) ? fmt::format("{:.1f}", decibels) : "equal"});
  }
  return table;
}

}  // namespace

std::string text_of(const ListedRow& row) { return row.has_pair ? row.text + " | " + row.pair : row.text; }

std::string plain(double value) { return std::isfinite(value) ? fmt::format("{:.4f}", value) : "n/a"; }
std::string plain_signed(double value) { return std::isfinite(value) ? with_sign(value, 4) : "n/a"; }
void add_size_and_speed(const CompareReport& report, Table& overview) {
  const ComparedSide& a = report.first;
  const ComparedSide& b = report.second;
  const auto size = [&](const char* name, size_t first, size_t second) {
    const double smaller = static_cast<double>(first) / static_cast<double>(std::max<size_t>(second, 1));
    overview.rows.push_back({name, mib(first), mib(second), times(smaller, "smaller", "larger"), ""});
  };
  size("MiB on disk", a.file_bytes, b.file_bytes);
  size("MiB in memory", a.model_size, b.model_size);
  const Interval& speed = report.speed_up.interval;
  overview.rows.push_back(
      {"ms/text", fmt::format("{:.3f}", mean_ms(report, a)), fmt::format("{:.3f}", mean_ms(report, b)),
       times(report.speed_up.value, "faster", "slower"),
       std::isfinite(speed.low) ? fmt::format("{:.2f}x to {:.2f}x", speed.low, speed.high) : "n/a"});
}

Table distance_table(const CompareReport& report) {
  Table table{{{"mean"}, {"p50"}, {"p90"}, {"p95"}, {"p99"}, {"max"}, {"line of max"}}, {{}}};
  Cells& row = table.rows.front();
  row.push_back(plain(mean(report.distances)));
  for (const double p : {50.0, 90.0, 95.0, 99.0, 100.0}) row.push_back(plain(percentile(report.distances, p)));
  row.push_back(fmt::format("{}", report.furthest_line));
  if (report.scores) return table;
  table.columns.push_back({"KL divergence"});
  row.push_back(fmt::format("{:.2e}", report.divergence));
  return table;
}

double mean_ms(const CompareReport& report, const ComparedSide& side) {
  return 1000 * side.seconds / static_cast<double>(std::max<int64_t>(report.rows, 1));
}

std::vector<std::pair<std::string, std::string>> compare_header(const CompareReport& report) {
  const auto side = [](const ComparedSide& of) {
    return of.name == of.folder ? of.name : fmt::format("{} of {}", of.name, of.folder);
  };
  std::vector<std::pair<std::string, std::string>> lines = {
      {"A", side(report.first)},
      {"B", side(report.second)},
      {"data", fmt::format("{}: {} rows", report.file, report.rows)}};
  if (report.skipped > 0) lines.back().second += fmt::format(", {} left out", report.skipped);
  if (!report.task.empty()) lines.emplace_back("task", report.task);
  return lines;
}

std::vector<CompareSection> compare_sections(const CompareReport& report) {
  std::vector<CompareSection> sections;
  if (report.scores) {
    sections = score_sections(report);
  } else {
    sections.push_back({"", "", overview_table(report)});
    sections.push_back({"labels", "", class_table(report)});
    sections.push_back({"largest difference of a logit, by row", "", distance_table(report)});
  }
  if (report.layers.rows > 0) {
    sections.push_back({"signal-to-quantisation-noise ratio of the residual stream",
                        fmt::format("over the first {} rows", report.layers.rows), layer_table(report.layers)});
  }
  return sections;
}

std::string rows_title(const CompareReport& report) {
  if (report.scores) return score_rows_title(report);
  std::string title = fmt::format("{} of {} rows get another label", report.changed, report.rows);
  if (report.labelled() && report.changed > 0) {
    title += fmt::format(": {} broken, {} fixed, {} wrong both times (McNemar {})", report.broken, report.fixed,
                         report.changed - report.broken - report.fixed, p_value(report.mcnemar.p_value));
  }
  if (report.flips.size() < static_cast<size_t>(report.changed) && !report.flips.empty()) {
    title += fmt::format("; the {} furthest apart", report.flips.size());
  }
  return title;
}

Table rows_table(const CompareReport& report) {
  if (report.scores) return score_rows_table(report);
  Table table{{{"line"}, {"A", true}, {"score"}, {"B", true}, {"score"}}, {}, true};
  if (report.labelled()) table.columns.insert(table.columns.begin() + 1, {"gold", true});
  table.columns.push_back({"text", true});
  for (const FlippedRow& flip : report.flips) {
    Cells row = {fmt::format("{}", flip.at.line),          flip.first,
                 fmt::format("{:.4f}", flip.first_score),  flip.second,
                 fmt::format("{:.4f}", flip.second_score), text_of(flip.at)};
    if (report.labelled()) row.insert(row.begin() + 1, flip.gold);
    table.rows.push_back(std::move(row));
  }
  return table;
}

std::string verdict(const CompareReport& report) {
  std::string answer;
  if (report.scores) {
    answer = score_verdict(report);
  } else if (report.changed == 0) {
    answer = fmt::format("B gives every row the label that A gives it");
  } else if (!report.labelled()) {
    const double agreed = 1 - static_cast<double>(report.changed) / static_cast<double>(report.rows);
    answer = fmt::format("B gives {} of the rows the label that A gives them", percent(agreed));
  } else if (report.mcnemar.p_value < kSignificance) {
    answer = fmt::format("B is {} than A by {:.2f} points of accuracy, more than chance explains ({})",
                         report.drop() > 0 ? "worse" : "better", 100 * std::fabs(report.drop()),
                         p_value(report.mcnemar.p_value));
  } else {
    answer = fmt::format("The accuracies of A and B cannot be told apart on these rows ({} points, {})",
                         points(0.0 - report.drop()), p_value(report.mcnemar.p_value));
  }
  const Interval& speed = report.speed_up.interval;
  if (speed.low > 1) {
    answer += fmt::format("; B is {:.2f} times as fast", report.speed_up.value);
  } else if (speed.high < 1) {
    answer += fmt::format("; A is {:.2f} times as fast", 1 / report.speed_up.value);
  } else {
    answer += "; their speeds cannot be told apart";
  }
  return answer + '.';
}

std::string to_text(const CompareReport& report, size_t columns) {
  std::string out;
  for (const auto& [name, value] : compare_header(report)) append_field(out, name, value, 6, columns);
  for (const CompareSection& section : compare_sections(report)) {
    out += '\n';
    if (!section.title.empty()) {
      append_paragraph(out, section.title + (section.note.empty() ? "" : ", " + section.note), 0, columns);
    }
    out += section.table.text(columns);
  }
  const auto paragraph = [&](const std::string& text) {
    out += '\n';
    append_paragraph(out, text, 0, columns);
  };
  if (!report.layers.reason.empty()) paragraph("no comparison of layers: " + report.layers.reason);
  paragraph(rows_title(report));
  const Table rows = rows_table(report);
  if (!rows.rows.empty()) out += rows.text(columns);
  paragraph(verdict(report));
  return out;
}

std::string to_markdown(const CompareReport& report) {
  std::string out = verdict(report) + "\n\n";
  for (const auto& [name, value] : compare_header(report)) {
    out += fmt::format("- {}: `{}`\n", name, terminal_text(value));
  }
  for (const CompareSection& section : compare_sections(report)) {
    out += '\n';
    if (!section.title.empty()) {
      out += fmt::format("### {}{}\n\n", section.title, section.note.empty() ? "" : ", " + section.note);
    }
    out += section.table.markdown();
  }
  out += fmt::format("\n### {}\n", rows_title(report));
  const Table rows = rows_table(report);
  if (!rows.rows.empty()) out += '\n' + rows.markdown();
  return out;
}

}  // namespace fbert
