#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "cli/bench/header.h"
#include "cli/bench/report.h"
#include "cli/report/table.h"

namespace fbert {
namespace {

std::string mebibytes(double bytes) {
  return std::isfinite(bytes) ? fmt::format("{:.1f}", bytes / (1024.0 * 1024.0)) : "-";
}

std::string half_width(const Interval& interval) { return format_ms((interval.high - interval.low) / 2); }

std::string ratio_text(const BenchRatio& ratio) {
  return fmt::format("{:.3f} [{:.3f}, {:.3f}]", ratio.ratio.value, ratio.ratio.interval.low, ratio.ratio.interval.high);
}

std::string tokens_of(const BenchSetting& setting) {
  return setting.seq_len > 0 ? fmt::format("{}", setting.seq_len) : "mixed";
}

// A table under construction: one column after another, each with a cell for every row.
class TableColumns {
 public:
  template <typename Rows, typename Cell>
  void add(const std::string& heading, const Rows& rows, const Cell& cell, int least_important = 0, bool left = false) {
    table_.columns.push_back({heading, left});
    table_.rows.resize(rows.size());
    for (size_t i = 0; i < rows.size(); ++i) table_.rows[i].push_back(cell(rows[i]));
    importance_.push_back(least_important);
  }

  const Table& table() const { return table_; }

  // Leaves columns out, those with the greatest number first, never those with 0, until the table is at most `width`
  // columns wide.
  std::string text(size_t width) {
    while (!table_.fits(width)) {
      const auto worst = std::max_element(importance_.begin(), importance_.end());
      if (*worst == 0) break;
      const auto column = worst - importance_.begin();
      table_.columns.erase(table_.columns.begin() + column);
      for (auto& row : table_.rows) row.erase(row.begin() + column);
      importance_.erase(worst);
    }
    return table_.text(width);
  }

 private:
  Table table_;
  std::vector<int> importance_;
};

// The columns that say which case a row is; of the settings only those that differ.
void add_case_columns(const BenchReport& report, TableColumns& columns) {
  columns.add(
      "variant", report.cases, [&](const BenchCase& one) { return report.variants[one.variant].name; }, 0, true);
  const auto add = [&](const std::string& heading, const auto& value) {
    const std::string first = value(report.cases.front().setting);
    const bool same = std::all_of(report.cases.begin(), report.cases.end(),
                                  [&](const BenchCase& one) { return value(one.setting) == first; });
    if (!same) columns.add(heading, report.cases, [&](const BenchCase& one) { return value(one.setting); });
  };
  add("seq", tokens_of);
  add("batch", [](const BenchSetting& setting) { return fmt::format("{}", setting.batch); });
  add("threads", [](const BenchSetting& setting) { return fmt::format("{}", setting.threads); });
}

TableColumns latency_columns(const BenchReport& report) {
  TableColumns columns;
  add_case_columns(report, columns);
  const auto add = [&](const std::string& heading, int least_important, const auto& value) {
    columns.add(
        heading, report.cases, [&](const BenchCase& one) { return format_ms(value(one.time)); }, least_important);
  };
  columns.add(
      "n", report.cases, [](const BenchCase& one) { return fmt::format("{}", one.time.n); }, 4);
  add("mean ms", 0, [](const BenchSummary& time) { return time.mean; });
  columns.add(
      "95 %", report.cases, [](const BenchCase& one) { return "+-" + half_width(one.time.mean_interval); }, 2);
  add("std", 1, [](const BenchSummary& time) { return time.std; });
  add("min", 6, [](const BenchSummary& time) { return time.min; });
  add("p50", 1, [](const BenchSummary& time) { return time.p50; });
  add("p90", 5, [](const BenchSummary& time) { return time.p90; });
  add("p95", 7, [](const BenchSummary& time) { return time.p95; });
  add("p99", 3, [](const BenchSummary& time) { return time.p99; });
  const bool p999 = std::any_of(report.cases.begin(), report.cases.end(),
                                [](const BenchCase& one) { return std::isfinite(one.time.p999); });
  if (p999) add("p99.9", 9, [](const BenchSummary& time) { return time.p999; });
  add("max", 8, [](const BenchSummary& time) { return time.max; });
  return columns;
}

TableColumns throughput_columns(const BenchReport& report) {
  TableColumns columns;
  add_case_columns(report, columns);
  columns.add("IPS", report.cases, [](const BenchCase& one) { return format_rate(one.sequences_per_second); });
  columns.add(
      "tokens/s", report.cases, [](const BenchCase& one) { return format_rate(one.tokens_per_second); }, 1);
  columns.add(
      "CPU s/1k", report.cases, [](const BenchCase& one) { return fmt::format("{:.3g}", one.cpu_seconds_per_1k); }, 3);
  const bool padding = std::any_of(report.cases.begin(), report.cases.end(),
                                   [](const BenchCase& one) { return one.padding_avoided > 0; });
  if (padding) {
    columns.add(
        "no padding", report.cases,
        [](const BenchCase& one) { return fmt::format("{:.1f} %", 100 * one.padding_avoided); }, 2);
  }
  if (report.variants.size() > 1) {
    columns.add("time / first [95 %]", report.cases,
                [](const BenchCase& one) { return one.ratio ? ratio_text(*one.ratio) : "1"; });
    columns.add(
        "verdict", report.cases, [](const BenchCase& one) { return one.ratio ? to_string(one.ratio->verdict) : ""; }, 0,
        true);
  }
  return columns;
}

TableColumns stage_columns(const BenchReport& report) {
  TableColumns columns;
  add_case_columns(report, columns);
  const auto add = [&](const std::string& heading, double BenchStages::*stage) {
    columns.add(heading, report.cases,
                [&](const BenchCase& one) { return one.stages ? format_ms((*one.stages).*stage) : "-"; });
  };
  add("tokenise", &BenchStages::tokenize);
  add("embed", &BenchStages::embedding);
  add("linear", &BenchStages::linear);
  add("attention", &BenchStages::attention);
  add("other", &BenchStages::other);
  add("head", &BenchStages::head);
  return columns;
}

TableColumns variant_columns(const BenchReport& report) {
  TableColumns columns;
  const auto& variants = report.variants;
  columns.add(
      "variant", variants, [](const BenchVariant& variant) { return variant.name; }, 0, true);
  columns.add("MiB on disk", variants,
              [](const BenchVariant& variant) { return mebibytes(static_cast<double>(variant.file_bytes)); });
  columns.add("weights", variants,
              [](const BenchVariant& variant) { return mebibytes(static_cast<double>(variant.weight_bytes)); });
  columns.add("peak RSS", variants, [](const BenchVariant& variant) { return mebibytes(variant.peak_bytes); });
  columns.add("load ms", variants, [](const BenchVariant& variant) { return format_ms(variant.load_ms); });
  columns.add("first label ms", variants,
              [](const BenchVariant& variant) { return format_ms(variant.first_label_ms); });
  const bool accuracy = std::any_of(variants.begin(), variants.end(),
                                    [](const BenchVariant& variant) { return variant.accuracy.has_value(); });
  if (accuracy) {
    columns.add("accuracy", variants, [](const BenchVariant& variant) {
      return variant.accuracy ? fmt::format("{:.4f}", *variant.accuracy) : "-";
    });
  }
  return columns;
}

TableColumns baseline_columns(const BenchReport& report) {
  TableColumns columns;
  add_case_columns(report, columns);
  columns.add("time / baseline [95 %]", report.cases,
              [](const BenchCase& one) { return one.regression ? ratio_text(*one.regression) : "-"; });
  columns.add(
      "verdict", report.cases,
      [](const BenchCase& one) { return one.regression ? to_string(one.regression->verdict) : "not in the baseline"; },
      0, true);
  return columns;
}

std::vector<HeaderLine> header(const BenchReport& report) {
  const BenchCase& first = report.cases.front();
  std::vector<HeaderLine> lines = system_header(report.system, report.noise);
  lines.insert(lines.begin() + 1, {"model", report.model});
  lines.push_back({"threads", fmt::format("{}: {}", first.setting.threads, report.system.threads_reason)});
  lines.push_back({"measured", fmt::format("{}, {}; {} tokens, batch {}", report.input,
                                           report.end_to_end ? "text to label" : "tokens to scores",
                                           tokens_of(first.setting), first.setting.batch)});
  lines.push_back({"rounds", fmt::format("{} of {} samples each after {} warm-up runs", first.time.n / first.block,
                                         first.block, first.warmup_runs)});
  return lines;
}

bool has_baseline(const BenchReport& report) {
  return std::any_of(report.cases.begin(), report.cases.end(),
                     [](const BenchCase& one) { return one.regression.has_value(); });
}

}  // namespace

std::string to_text(const BenchReport& report, size_t width) {
  std::string out;
  append_header(out, header(report), width);
  out += '\n' + latency_columns(report).text(width);
  out += '\n' + throughput_columns(report).text(width);
  out += "\nms by stage, measured apart:\n" + stage_columns(report).text(width);
  out += '\n' + variant_columns(report).text(width);
  if (has_baseline(report)) out += '\n' + baseline_columns(report).text(width);
  append_warnings(out, report.noise, width);
  return out;
}

// The columns of the tables that people publish: model, variant, size, latency and its spread, inferences per second.
std::string to_markdown(const BenchReport& report) {
  TableColumns columns;
  const auto variant_of = [&](const BenchCase& one) -> const BenchVariant& { return report.variants[one.variant]; };
  columns.add(
      "Model", report.cases,
      [&](const BenchCase& one) {
        const std::string folder = variant_of(one).folder;
        const size_t end = folder.find_last_not_of('/') + 1;
        const size_t begin = folder.find_last_of('/', end == 0 ? 0 : end - 1);
        return begin == std::string::npos ? folder.substr(0, end) : folder.substr(begin + 1, end - begin - 1);
      },
      0, true);
  add_case_columns(report, columns);
  columns.add("Size (MB)", report.cases, [&](const BenchCase& one) {
    return fmt::format("{:.1f}", static_cast<double>(variant_of(one).weight_bytes) / 1e6);
  });
  columns.add("Latency mean (ms)", report.cases, [](const BenchCase& one) { return format_ms(one.time.mean); });
  columns.add("95 % CI", report.cases, [](const BenchCase& one) { return "± " + half_width(one.time.mean_interval); });
  columns.add("Std (ms)", report.cases, [](const BenchCase& one) { return format_ms(one.time.std); });
  columns.add("p50", report.cases, [](const BenchCase& one) { return format_ms(one.time.p50); });
  columns.add("p99", report.cases, [](const BenchCase& one) { return format_ms(one.time.p99); });
  columns.add("IPS", report.cases, [](const BenchCase& one) { return format_rate(one.sequences_per_second); });
  columns.add("Tokens/s", report.cases, [](const BenchCase& one) { return format_rate(one.tokens_per_second); });
  if (report.variants.size() > 1) {
    columns.add("Time / first [95 %]", report.cases,
                [](const BenchCase& one) { return one.ratio ? ratio_text(*one.ratio) : "1"; });
    columns.add(
        "Verdict", report.cases, [](const BenchCase& one) { return one.ratio ? to_string(one.ratio->verdict) : ""; }, 0,
        true);
  }
  std::string out = columns.table().markdown();
  if (has_baseline(report)) out += '\n' + baseline_columns(report).table().markdown();
  append_markdown_header(out, header(report), report.noise);
  return out;
}

}  // namespace fbert
