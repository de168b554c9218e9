#include "cli/compare/report.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "cli/compare/text.h"
#include "cli/report/json_report.h"

namespace fbert {
namespace {

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

OrderedJson json_of(const ListedRow& row) {
  OrderedJson json = {{"row", row.row}, {"line", row.line}, {"text", row.text}};
  if (row.has_pair) json["pair"] = row.pair;
  return json;
}

OrderedJson flips(const CompareReport& report) {
  OrderedJson json = OrderedJson::array();
  for (const FlippedRow& flip : report.flips) {
    OrderedJson entry = json_of(flip.at);
    if (report.labelled()) {
      entry["gold"] = flip.gold;
      entry["change"] = to_string(flip.kind);
    }
    entry["first"] = {{"label", flip.first}, {"score", flip.first_score}};
    entry["second"] = {{"label", flip.second}, {"score", flip.second_score}};
    entry["logit_distance"] = flip.at.distance;
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

void add_labels(OrderedJson& json, const CompareReport& report) {
  json["changed"] = report.changed;
  if (report.labelled()) {
    json["broken"] = report.broken;
    json["fixed"] = report.fixed;
    json["accuracy_drop"] = report.drop();
    json["accuracy_difference_interval"] = json_of(report.accuracy_difference);
    json["mcnemar"] = {{"p_value", report.mcnemar.p_value}, {"test", report.mcnemar.exact ? "exact" : "chi-square"}};
  }
  json["logit_distance"] = distances(report);
  json["divergence"] = number(report.divergence);
  json["per_class"] = per_class(report);
  json["agreement"] = agreement(report);
}

void add_fit(OrderedJson& side, const Fit& fit) {
  side["pearson"] = number(fit.pearson);
  side["spearman"] = number(fit.spearman);
  side["mse"] = number(fit.mse);
}

void add_scores(OrderedJson& json, const CompareReport& report) {
  const ScoreComparison& scores = *report.scores;
  if (report.labelled()) {
    add_fit(json["first"], scores.first_fit);
    add_fit(json["second"], scores.second_fit);
    add_fit(json["difference"], scores.difference);
    json["difference_interval"] = {{"pearson", json_of(scores.pearson_interval)},
                                   {"spearman", json_of(scores.spearman_interval)},
                                   {"mse", json_of(scores.mse_interval)}};
  }
  json["score_distance"] = distances(report);
  json["mean_change"] = number(scores.mean_change);
  json["correlation"] = {{"pearson", number(scores.pearson)}, {"spearman", number(scores.spearman)}};
}

OrderedJson moved(const ScoreComparison& scores) {
  OrderedJson json = OrderedJson::array();
  for (const MovedRow& row : scores.moved) {
    OrderedJson entry = json_of(row.at);
    if (row.gold) entry["gold"] = *row.gold;
    entry["first"] = row.first;
    entry["second"] = row.second;
    entry["score_distance"] = row.at.distance;
    json.push_back(std::move(entry));
  }
  return json;
}

}  // namespace

std::string to_json(const CompareReport& report) {
  OrderedJson json = {{"file", report.file}};
  json["task"] = report.task.empty() ? OrderedJson() : OrderedJson(report.task);
  json["rows"] = report.rows;
  json["skipped"] = report.skipped;
  json["truncated"] = report.truncated;
  json["first"] = json_of(report, report.first);
  json["second"] = json_of(report, report.second);
  report.scores ? add_scores(json, report) : add_labels(json, report);
  json["sqnr"] = layers(report.layers);
  json["speed_up"] = {{"value", number(report.speed_up.value)},
                      {"interval", json_of(report.speed_up.interval)},
                      {"pairs", report.speed_pairs}};
  if (report.scores) {
    json["moved"] = moved(*report.scores);
  } else {
    json["flips"] = flips(report);
  }
  json["verdict"] = verdict(report);
  return dump(json, 2) + '\n';
}

}  // namespace fbert
