#include "cli/eval/report.h"

#include <algorithm>

#include <fmt/format.h>

#include "cli/report/json_report.h"
#include "data/format.h"

namespace fbert {
namespace {

using Names = std::vector<std::string>;

void add_once(Names& names, const std::string& name) {
  if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
}

// What machine-readable forms hold whatever was asked for: accuracy and loss are there.
Names recorded_metrics(const EvalReport& report) {
  Names names;
  if (!report.regression()) add_once(names, "accuracy");
  for (const std::string& name : report.metrics) add_once(names, name);
  add_once(names, "eval_loss");
  return names;
}

OrderedJson degradation_json(const EvalReport& report, const VariantReport& variant, const Names& metrics) {
  const Degradation& degradation = *variant.degradation;
  OrderedJson json;
  OrderedJson intervals;
  for (const std::string& name : metrics) {
    json["difference"][name] = number(degradation.difference(name));
    for (size_t i = 0; i < degradation.intervals.size(); ++i) {
      if (degradation.differences[i].first != name) continue;
      intervals[name] = {number(degradation.intervals[i].low), number(degradation.intervals[i].high)};
    }
  }
  if (report.regression()) {
    json["interval"] = std::move(intervals);
  } else {
    json["accuracy_drop"] = number(0.0 - degradation.difference("accuracy"));
    json["changed"] = degradation.changed;
    json["broken"] = degradation.broken;
    json["fixed"] = degradation.fixed;
    json["mcnemar"] = {{"p_value", degradation.mcnemar.p_value},
                       {"test", degradation.mcnemar.exact ? "exact" : "chi-square"}};
  }
  json["compression_ratio"] = report.compression_ratio(variant);
  json["speed_up"] = report.speed_up(variant);
  json["status"] = degradation.status();
  return json;
}

OrderedJson per_class_json(const EvalReport& report, const VariantReport& variant) {
  OrderedJson json = OrderedJson::array();
  for (size_t id = 0; id < variant.labels.size(); ++id) {
    const LabelMetrics& label = variant.labels[id];
    json.push_back({{"label", report.labels[id]},
                    {"rows", label.support},
                    {"precision", label.precision},
                    {"recall", label.recall},
                    {"f1", label.f1}});
  }
  return json;
}

OrderedJson confusion_json(const VariantReport& variant) {
  const size_t n = variant.labels.size();
  OrderedJson json = OrderedJson::array();
  for (size_t row = 0; row * n < variant.confusion.size(); ++row) {
    OrderedJson counts = OrderedJson::array();
    for (size_t column = 0; column < n; ++column) counts.push_back(variant.confusion[row * n + column]);
    json.push_back(std::move(counts));
  }
  return json;
}

}  // namespace

double EvalReport::mean_ms(const VariantReport& variant) const {
  return 1000 * variant.seconds / static_cast<double>(std::max<int64_t>(rows, 1));
}

double EvalReport::rows_per_second(const VariantReport& variant) const {
  return static_cast<double>(rows) / std::max(variant.seconds, 1e-9);
}

double EvalReport::compression_ratio(const VariantReport& variant) const {
  return static_cast<double>(variants.front().model_size) / std::max(static_cast<double>(variant.model_size), 1e-9);
}

double EvalReport::speed_up(const VariantReport& variant) const {
  return variants.front().seconds / std::max(variant.seconds, 1e-9);
}

std::string to_json(const EvalReport& report) {
  OrderedJson json = {{"model", report.model}, {"file", report.file}};
  json["task"] = report.task.empty() ? OrderedJson() : OrderedJson(report.task);
  json["rows"] = report.rows;
  json["skipped"] = report.skipped;
  json["truncated"] = report.truncated;
  json["reading_seconds"] = report.reading_seconds;
  json["variants"] = OrderedJson::array();
  const Names metrics = recorded_metrics(report);
  for (const VariantReport& variant : report.variants) {
    OrderedJson entry = {{"name", variant.name}};
    for (const std::string& name : metrics) entry[name] = number(variant.metric(name));
    entry["model_size"] = variant.model_size;
    entry["file_bytes"] = variant.file_bytes;
    entry["mean_ms"] = report.mean_ms(variant);
    entry["seconds"] = variant.seconds;
    entry["rows_per_second"] = report.rows_per_second(variant);
    if (!report.regression()) entry["per_class"] = per_class_json(report, variant);
    if (!variant.confusion.empty()) entry["confusion_matrix"] = confusion_json(variant);
    if (variant.degradation) entry["degradation"] = degradation_json(report, variant, metrics);
    json["variants"].push_back(std::move(entry));
  }
  return dump(json, 2) + '\n';
}

std::string to_csv(const EvalReport& report) {
  const Names metrics = recorded_metrics(report);
  std::string out = "variant,rows,skipped,truncated";
  for (const std::string& name : metrics) out += "," + name;
  out += ",model_size,file_bytes,mean_ms,seconds,rows_per_second,compression_ratio,speed_up,";
  out += report.regression() ? "status\n" : "accuracy_drop,changed,broken,fixed,p_value,status\n";
  for (const VariantReport& variant : report.variants) {
    out += fmt::format("{},{},{},{}", csv_field(variant.name), report.rows, report.skipped, report.truncated);
    for (const std::string& name : metrics) out += "," + csv_number(variant.metric(name));
    out += fmt::format(",{},{},{},{},{}", variant.model_size, variant.file_bytes, report.mean_ms(variant),
                       variant.seconds, report.rows_per_second(variant));
    if (!variant.degradation) {
      out += report.regression() ? ",,,\n" : ",,,,,,,,\n";
      continue;
    }
    const Degradation& degradation = *variant.degradation;
    out += fmt::format(",{},{}", report.compression_ratio(variant), report.speed_up(variant));
    if (!report.regression()) {
      out += fmt::format(",{},{},{},{},{}", csv_number(0.0 - degradation.difference("accuracy")), degradation.changed,
                         degradation.broken, degradation.fixed, degradation.mcnemar.p_value);
    }
    out += fmt::format(",{}\n", degradation.status());
  }
  return out;
}

}  // namespace fbert
