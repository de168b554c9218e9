// The report of bench as a page for a browser.
#include <algorithm>
#include <cmath>
#include <functional>

#include <fmt/format.h>

#include "cli/bench/report.h"
#include "cli/report/html.h"
#include "cli/report/plot.h"
#include "data/format.h"

namespace fbert {
namespace {

std::string ms(double value) { return std::isfinite(value) ? fmt::format("{:.3f}", value) : "-"; }

std::string tokens_and_batch(const BenchSetting& setting) {
  const std::string tokens = setting.seq_len > 0 ? fmt::format("{} tokens", setting.seq_len) : "mixed lengths";
  return fmt::format("{}, batch {}", tokens, setting.batch);
}

std::string threads(const BenchSetting& setting) {
  return fmt::format("{} thread{}", setting.threads, setting.threads == 1 ? "" : "s");
}

std::string describe(const BenchSetting& setting) { return tokens_and_batch(setting) + ", " + threads(setting); }

std::vector<BenchSetting> settings_of(const BenchReport& report) {
  std::vector<BenchSetting> settings;
  for (const BenchCase& one : report.cases) {
    if (settings.empty() || settings.back() != one.setting) settings.push_back(one.setting);
  }
  return settings;
}

bool same_threads(const BenchReport& report) {
  return std::all_of(report.cases.begin(), report.cases.end(),
                     [&](const BenchCase& one) { return one.setting.threads == report.cases.front().setting.threads; });
}

// In tables: without the threads where they are the same everywhere.
std::string short_name(const BenchReport& report, const BenchSetting& setting) {
  return same_threads(report) ? tokens_and_batch(setting) : describe(setting);
}

std::string summary(const BenchReport& report) {
  std::string text = report.model;
  if (settings_of(report).size() == 1) text += ", " + tokens_and_batch(report.cases.front().setting);
  return same_threads(report) ? text + ", " + threads(report.cases.front().setting) : text;
}

// A figure along one field of the settings, a line for each variant; the other fields are those of the first setting.
std::vector<Series> along(const BenchReport& report, int32_t BenchSetting::*field,
                          const std::function<void(const BenchCase&, Series&)>& add) {
  BenchSetting wanted = settings_of(report).front();
  std::vector<Series> lines;
  for (const BenchVariant& variant : report.variants) lines.push_back({.name = variant.name, .x = {}, .y = {}});
  for (const BenchCase& one : report.cases) {
    wanted.*field = one.setting.*field;
    if (one.setting != wanted) continue;
    lines[one.variant].x.push_back(static_cast<double>(one.setting.*field));
    add(one, lines[one.variant]);
  }
  return lines;
}

std::string latency_curves(const BenchReport& report) {
  std::vector<std::string> plots;
  for (const BenchSetting& setting : settings_of(report)) {
    std::vector<Series> samples;
    for (const BenchCase& one : report.cases) {
      if (one.setting != setting) continue;
      samples.push_back({.name = report.variants[one.variant].name, .x = {}, .y = one.samples});
    }
    plots.push_back(ecdf_plot({"Latency, " + describe(setting), "ms", "calls up to there, %"}, samples));
  }
  return plot_row(plots);
}

std::string sweeps(const BenchReport& report) {
  std::vector<std::string> plots;
  const auto latency = along(report, &BenchSetting::seq_len, [](const BenchCase& one, Series& line) {
    line.y.push_back(one.time.mean);
    line.low.push_back(one.time.mean_interval.low);
    line.high.push_back(one.time.mean_interval.high);
  });
  if (latency.front().x.size() > 1) {
    plots.push_back(line_plot({"Mean latency and its 95 % interval", "tokens of a sequence", "ms"}, latency));
  }
  const auto throughput = along(report, &BenchSetting::batch,
                                [](const BenchCase& one, Series& line) { line.y.push_back(one.sequences_per_second); });
  if (throughput.front().x.size() > 1) {
    plots.push_back(line_plot({"Throughput", "sequences of a call", "sequences/s"}, throughput));
  }
  return plots.empty() ? "" : plot_row(plots);
}

// Short enough to leave the figures their place; the table of variants has the whole names.
std::string variant_name(const BenchReport& report, const BenchCase& one) {
  constexpr size_t kMostName = 24;
  return cut_middle_to_width(report.variants[one.variant].name, kMostName);
}

std::string interval_text(const Interval& interval) {
  return fmt::format("{} to {}", ms(interval.low), ms(interval.high));
}

Table result_table(const BenchReport& report) {
  Table table{{{"setting", true},
               {"variant", true},
               {"mean ms"},
               {"95 % interval"},
               {"sequences/s"},
               {"tokens/s"},
               {"time / first"},
               {"verdict", true}}};
  for (const BenchCase& one : report.cases) {
    std::string ratio = "1";
    if (one.ratio) {
      const Estimate& estimate = one.ratio->ratio;
      ratio = fmt::format("{:.3f} [{:.3f}, {:.3f}]", estimate.value, estimate.interval.low, estimate.interval.high);
    }
    table.rows.push_back({short_name(report, one.setting), variant_name(report, one), ms(one.time.mean),
                          interval_text(one.time.mean_interval), fmt::format("{:.1f}", one.sequences_per_second),
                          fmt::format("{:.0f}", one.tokens_per_second), ratio,
                          one.ratio ? to_string(one.ratio->verdict) : ""});
  }
  return table;
}

Table distribution_table(const BenchReport& report) {
  Table table{
      {{"setting", true}, {"variant", true}, {"calls"}, {"std"}, {"min"}, {"p50"}, {"p90"}, {"p95"}, {"p99"}, {"max"}}};
  for (const BenchCase& one : report.cases) {
    const BenchSummary& time = one.time;
    table.rows.push_back({short_name(report, one.setting), variant_name(report, one), fmt::format("{}", time.n),
                          ms(time.std), ms(time.min), ms(time.p50), ms(time.p90), ms(time.p95), ms(time.p99),
                          ms(time.max)});
  }
  return table;
}

Table stage_table(const BenchReport& report) {
  Table table{
      {{"setting", true}, {"variant", true}, {"tokenise"}, {"embed"}, {"linear"}, {"attention"}, {"other"}, {"head"}},
      {}};
  for (const BenchCase& one : report.cases) {
    if (!one.stages) continue;
    const BenchStages& stages = *one.stages;
    table.rows.push_back({short_name(report, one.setting), variant_name(report, one), ms(stages.tokenize),
                          ms(stages.embedding), ms(stages.linear), ms(stages.attention), ms(stages.other),
                          ms(stages.head)});
  }
  return table;
}

Table variant_table(const BenchReport& report) {
  Table table{{{"variant", true},
               {"folder", true},
               {"MiB on disk"},
               {"MiB in memory"},
               {"peak MiB"},
               {"load ms"},
               {"first label ms"}},
              {}};
  const auto mib = [](double bytes) { return std::isfinite(bytes) ? fmt::format("{:.1f}", bytes / (1 << 20)) : "-"; };
  for (const BenchVariant& variant : report.variants) {
    table.rows.push_back({variant.name, variant.folder, mib(static_cast<double>(variant.file_bytes)),
                          mib(static_cast<double>(variant.weight_bytes)), mib(variant.peak_bytes), ms(variant.load_ms),
                          ms(variant.first_label_ms)});
  }
  return table;
}

Table machine_table(const BenchReport& report) {
  const BenchSystem& system = report.system;
  const BenchNoise& noise = report.noise;
  Table table{{{"", true}, {"", true}}, {}};
  table.rows = {{"fbert", fmt::format("{} {} ({})", system.version, system.commit, system.compiler)},
                {"start", system.time},
                {"model", report.model},
                {"measured", report.input + (report.end_to_end ? ", text to label" : ", tokens to scores")},
                {"cpu", fmt::format("{}, {} cores, {} processors", system.cpu, system.cores, system.processors)},
                {"caches", system.caches},
                {"isa", fmt::format("{}: {}", system.isa, system.isa_reason)},
                {"threads", system.threads_reason},
                {"blas", system.blas},
                {"system", fmt::format("{}, governor {}, turbo {}", system.kernel, system.governor, system.turbo)},
                {"limits", fmt::format("CPU quota {}, huge pages {}", system.cpu_quota, system.huge_pages)},
                {"load", fmt::format("{} before; while measuring {:.2f} CPUs by others, {:.0f} interruptions/s",
                                     system.load_average, noise.other_load, noise.switches_per_second)}};
  return table;
}

}  // namespace

std::string to_html(const BenchReport& report) {
  std::string body;
  body += html_paragraph(summary(report));
  body += html_warnings("The machine was not quiet", report.noise.warnings);
  body += html_table(result_table(report), true) + sweeps(report);
  body += html_heading("Distribution of latencies, ms") + html_table(distribution_table(report), true);
  body += latency_curves(report);
  const Table stages = stage_table(report);
  if (!stages.rows.empty()) body += html_heading("Stages of a call, ms, measured apart") + html_table(stages, true);
  body += html_heading("Variants") + html_table(variant_table(report));
  body += html_heading("Machine and method") + html_table(machine_table(report));
  return html_page("fbert bench", body);
}

}  // namespace fbert
