#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/report/terminal.h"
#include "metrics/degradation.h"
#include "metrics/metrics.h"

namespace fbert {

struct VariantReport {
  std::string name;             // see Variant
  std::vector<Metric> metrics;  // every one there is, see all_metrics()
  std::vector<LabelMetrics> labels{};
  std::vector<int64_t> confusion{};          // see LabelCounts::confusion()
  size_t model_size = 0;                     // bytes of the weights in memory
  size_t file_bytes = 0;                     // of the weight files it was loaded from
  double seconds = 0;                        // in Classifier::classify(): tokenising and the model, on all threads
  std::optional<Degradation> degradation{};  // of every variant but the first

  double metric(const std::string& wanted) const { return find_metric(metrics, wanted); }
};

struct EvalReport {
  std::string model;
  std::string file;
  std::string task;  // "" without --task
  int64_t rows = 0;
  int64_t skipped = 0;    // bad rows that were left out
  int64_t truncated = 0;  // rows whose text was cut to fit
  double reading_seconds = 0;
  std::vector<std::string> labels;   // names by id
  std::vector<std::string> metrics;  // those to show, in order
  std::vector<VariantReport> variants;

  bool regression() const { return variants.front().labels.empty(); }
  double mean_ms(const VariantReport& variant) const;  // wall time of a row
  double rows_per_second(const VariantReport& variant) const;
  // How many times the first variant is as large in memory, and takes as long.
  double compression_ratio(const VariantReport& variant) const;
  double speed_up(const VariantReport& variant) const;
};

struct EvalTables {
  bool per_class = false;
  bool confusion = false;
};

std::string to_json(const EvalReport& report);
std::string to_csv(const EvalReport& report);
// For people (tables.cc), on a terminal of `columns`.
std::string to_text(const EvalReport& report, const EvalTables& tables, size_t columns = kUnlimited);
std::string to_markdown(const EvalReport& report, const EvalTables& tables);
// For a browser: all tables, with plots.
std::string to_html(const EvalReport& report);

}  // namespace fbert
