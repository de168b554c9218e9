#include "cli/eval/report.h"

#include <algorithm>
#include <cmath>
#include <limits>

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

double find_metric(const std::vector<Metric>& metrics, const std::string& wanted) {
  for (const auto& [name, value] : metrics) {
    if (name == wanted) return value;
  }
  return std::numeric_limits<double>::quiet_NaN();
}

OrderedJson json_of(const Degradation& degradation, const Names& metrics, bool regression) {
  OrderedJson json;
  OrderedJson intervals;
  for (const std::string& name : metrics) {
    json["difference"][name] = number(degradation.difference(name));
    for (size_t i = 0; i < degradation.intervals.size(); ++i) {
      if (degradation.differences[i].first != name) continue;
      intervals[name] = {number(degradation.intervals[i].low), number(degradation.intervals[i].high)};
    }
  }
  if (regression) {
    json["interval"] = std::move(intervals);
  } else {
    json["accuracy_drop"] = number(0.0 - degradation.difference("accuracy"));
    json["changed"] = degradation.changed;
    json["broken"] = degradation.broken;
    json["fixed"] = degradation.fixed;
    json["mcnemar"] = {{"p_value", degradation.mcnemar.p_value},
                       {"test", degradation.mcnemar.exact ? "exact" : "chi-square"}};
  }
  json["compression_ratio"] = degradation.compression_ratio;
  json["speed_up"] = degradation.speed_up;
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

double VariantReport::metric(const std::string& wanted) const { return find_metric(metrics, wanted); }

double Degradation::difference(const std::string& metric) const { return find_metric(differences, metric); }

double EvalReport::mean_ms(const VariantReport& variant) const {
  return 1000 * variant.seconds / static_cast<double>(std::max<int64_t>(rows, 1));
}

double EvalReport::rows_per_second(const VariantReport& variant) const {
  return static_cast<double>(rows) / std::max(variant.seconds, 1e-9);
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
    if (variant.degradation) entry["degradation"] = json_of(*variant.degradation, metrics, report.regression());
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
    out += fmt::format(",{},{}", degradation.compression_ratio, degradation.speed_up);
    if (!report.regression()) {
      out += fmt::format(",{},{},{},{},{}", csv_number(0.0 - degradation.difference("accuracy")), degradation.changed,
                         degradation.broken, degradation.fixed, degradation.mcnemar.p_value);
    }
    out += fmt::format(",{}\n", degradation.status());
  }
  return out;
}

}  // namespace fbert
