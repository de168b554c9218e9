#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/report/terminal.h"
#include "metrics/metrics.h"
#include "metrics/statistics.h"

namespace fbert {

// What a variant lost against the first one, on the same rows.
struct Degradation {
  // A greater drop of this metric is marked.
  static constexpr double kMostDrop = 0.01;
  static constexpr const char* kDecisive = "f1";
  static constexpr const char* kRegressionDecisive = "pearson";

  std::vector<Metric> differences;  // of every metric, this variant minus the first
  bool warning = false;

  // Of a classifier.
  int64_t changed = 0;  // rows with another label than the first variant gives
  int64_t broken = 0;   // of these, right with the first variant and wrong with this one
  int64_t fixed = 0;    // wrong with the first and right with this one
  McNemar mcnemar{};

  // Of a regression model: 95 % paired bootstrap intervals of `differences`, in their order.
  std::vector<Interval> intervals;

  double compression_ratio = 0;  // model_size of the first over that of this one
  double speed_up = 0;           // mean_ms likewise

  double difference(const std::string& metric) const;  // NaN where there is no such metric
  const char* status() const { return warning ? "WARNING" : "ok"; }
};

struct VariantReport {
  std::string name;             // see Variant
  std::vector<Metric> metrics;  // every one there is, see all_metrics()
  std::vector<LabelMetrics> labels{};
  std::vector<int64_t> confusion{};          // see LabelCounts::confusion()
  size_t model_size = 0;                     // bytes of the weights in memory
  size_t file_bytes = 0;                     // of the weight files it was loaded from
  double seconds = 0;                        // in Classifier::classify(): tokenising and the model, on all threads
  std::optional<Degradation> degradation{};  // of every variant but the first

  double metric(const std::string& wanted) const;  // NaN where there is no such metric
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
};

struct EvalTables {
  bool per_class = false;
  bool confusion = false;
};

std::string to_json(const EvalReport& report);
std::string to_csv(const EvalReport& report);
// For people (eval_tables.cc), on a terminal of `columns`.
std::string to_text(const EvalReport& report, const EvalTables& tables, size_t columns = kUnlimited);
std::string to_markdown(const EvalReport& report, const EvalTables& tables);
// For a browser: all tables, with plots.
std::string to_html(const EvalReport& report);

}  // namespace fbert
