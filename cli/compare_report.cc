#include "cli/compare_report.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/compare_text.h"

namespace fbert {
namespace {

using OrderedJson = nlohmann::ordered_json;

OrderedJson number(double value) { return std::isfinite(value) ? OrderedJson(value) : OrderedJson(); }

OrderedJson json_of(const Interval& interval) { return {number(interval.low), number(interval.high)}; }

OrderedJson json_of(const CompareReport& report, const ComparedSide& side) {
  OrderedJson json = {{"name", side.name},
                      {"folder", side.folder},
                      {"model_size", side.model_size},
                      {"file_bytes", side.file_bytes},
                      {"mean_ms", mean_ms(report, side)}};
  if (side.quality) {
    json["accuracy"] = side.quality->accuracy;
    json["eval_loss"] = number(side.quality->eval_loss);
    json["calibration_error"] = number(side.quality->calibration_error);
    json["brier"] = number(side.quality->brier);
  }
  return json;
}

OrderedJson per_class(const CompareReport& report) {
  OrderedJson json = OrderedJson::array();
  for (size_t id = 0; id < report.labels.size(); ++id) {
    OrderedJson entry = {{"label", report.labels[id]}};
    if (report.labelled()) entry["rows"] = report.first.quality->labels[id].support;
    for (const auto& [key, side] : {std::pair("first", &report.first), std::pair("second", &report.second)}) {
      entry[key]["predicted"] = side->predicted[id];
      if (!side->quality) continue;
      const LabelMetrics& label = side->quality->labels[id];
      entry[key]["precision"] = label.precision;
      entry[key]["recall"] = label.recall;
      entry[key]["f1"] = label.f1;
    }
    json.push_back(std::move(entry));
  }
  return json;
}

OrderedJson agreement(const CompareReport& report) {
  const size_t n = report.labels.size();
  OrderedJson json = OrderedJson::array();
  for (size_t row = 0; row * n < report.agreement.size(); ++row) {
    const auto begin = report.agreement.begin() + static_cast<std::ptrdiff_t>(row * n);
    json.push_back(std::vector<int64_t>(begin, begin + static_cast<std::ptrdiff_t>(n)));
  }
  return json;
}

OrderedJson flips(const CompareReport& report) {
  OrderedJson json = OrderedJson::array();
  for (const FlippedRow& flip : report.flips) {
    OrderedJson entry = {{"row", flip.row}, {"line", flip.line}, {"text", flip.text}};
    if (flip.has_pair) entry["pair"] = flip.pair;
    if (report.labelled()) {
      entry["gold"] = flip.gold;
      entry["change"] = to_string(flip.kind);
    }
    entry["first"] = {{"label", flip.first}, {"score", flip.first_score}};
    entry["second"] = {{"label", flip.second}, {"score", flip.second_score}};
    entry["logit_distance"] = flip.distance;
    json.push_back(std::move(entry));
  }
  return json;
}

OrderedJson distances(const CompareReport& report) {
  OrderedJson json = {{"mean", mean(report.distances)}};
  for (const int p : {50, 90, 95, 99}) json[fmt::format("p{}", p)] = percentile(report.distances, p);
  json["max"] = percentile(report.distances, 100);
  json["max_line"] = report.furthest_line;
  return json;
}

OrderedJson layers(const LayerComparison& comparison) {
  OrderedJson json = {{"rows", comparison.rows}};
  if (!comparison.reason.empty()) json["reason"] = comparison.reason;
  json["layers"] = OrderedJson::array();
  for (const LayerNoise& layer : comparison.layers) {
    json["layers"].push_back({{"layer", layer.layer}, {"sqnr_db", number(layer.decibels())}});
  }
  return json;
}

}  // namespace

const char* to_string(FlipKind kind) {
  switch (kind) {
    case FlipKind::kBroken:
      return "broken";
    case FlipKind::kFixed:
      return "fixed";
    default:
      return "other";
  }
}

double CompareReport::accuracy_drop() const { return first.quality->accuracy - second.quality->accuracy; }

std::string to_json(const CompareReport& report) {
  OrderedJson json = {{"file", report.file}};
  json["task"] = report.task.empty() ? OrderedJson() : OrderedJson(report.task);
  json["rows"] = report.rows;
  json["skipped"] = report.skipped;
  json["truncated"] = report.truncated;
  json["first"] = json_of(report, report.first);
  json["second"] = json_of(report, report.second);
  json["changed"] = report.changed;
  if (report.labelled()) {
    json["broken"] = report.broken;
    json["fixed"] = report.fixed;
    json["accuracy_drop"] = report.accuracy_drop();
    json["accuracy_difference_interval"] = json_of(report.accuracy_difference);
    json["mcnemar"] = {{"p_value", report.mcnemar.p_value}, {"test", report.mcnemar.exact ? "exact" : "chi-square"}};
  }
  json["logit_distance"] = distances(report);
  json["divergence"] = number(report.divergence);
  json["per_class"] = per_class(report);
  json["agreement"] = agreement(report);
  json["sqnr"] = layers(report.layers);
  json["speed_up"] = {{"value", number(report.speed_up.value)},
                      {"interval", json_of(report.speed_up.interval)},
                      {"pairs", report.speed_pairs}};
  json["flips"] = flips(report);
  json["verdict"] = verdict(report);
  return json.dump(2, ' ', false, OrderedJson::error_handler_t::replace) + '\n';
}

}  // namespace fbert
