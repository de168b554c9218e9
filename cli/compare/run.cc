#include "cli/compare/run.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <span>
#include <utility>

#include "cli/compare/side.h"
#include "cli/report/progress.h"
#include "data/clock.h"
#include "data/row_loop.h"
#include "fbert/error.h"
#include "metrics/degradation.h"

namespace fbert {
namespace {

using Predictions = std::vector<Prediction>;

// Rows of a window for each thread: small, so that even short files give several pairs of timings.
constexpr size_t kRowsPerThread = 32;

// Fewer pairs of timings than this are made up for by running the first rows again, for a while.
constexpr size_t kWantedPairs = 20;
constexpr double kMostExtraSeconds = 5;

double sum(std::span<const double> values) { return std::accumulate(values.begin(), values.end(), 0.0); }

double logit_distance(const Prediction& a, const Prediction& b) {
  double most = 0;
  for (size_t id = 0; id < a.logits.size(); ++id) {
    most = std::max(most, std::fabs(static_cast<double>(a.logits[id]) - static_cast<double>(b.logits[id])));
  }
  return most;
}

// Keeps the rows furthest apart. Of equal ones, those that come first.
template <typename Row>
void keep(std::vector<Row>& rows, Row row, size_t most) {
  const auto place =
      std::find_if(rows.begin(), rows.end(), [&](const Row& other) { return other.at.distance < row.at.distance; });
  rows.insert(place, std::move(row));
  if (rows.size() > most) rows.pop_back();
}

class Comparison {
 public:
  Comparison(Reader& reader, const CompareRequest& request)
      : reader_(reader),
        request_(request),
        first_(request.first, request.labelled),
        second_(request.second, request.labelled),
        agreement_(first_.config().num_labels()) {
    second_.align_with(first_);
    if (first_.regression()) {
      report_.scores.emplace();
    } else {
      gold_ids_.emplace(first_.config().labels(), request.labels);
      report_.labels = first_.config().labels();
    }
  }

  void run();
  CompareReport report();

 private:
  void add(const ModelRows& rows);
  void add_row(const ModelRows& rows, size_t row);
  void add_labels(const ModelRows& rows, size_t row, double distance);
  void add_scores(const ModelRows& rows, size_t row, double distance);
  ListedRow listed(const ModelRows& rows, size_t row, double distance) const;
  void time_in_turns(std::span<const TextInput> inputs);
  void time_first_rows();

  Reader& reader_;
  const CompareRequest& request_;
  CompareSide first_;
  CompareSide second_;
  std::optional<LabelMap> gold_ids_;  // of models that give labels
  LabelCounts agreement_;             // the first model's label in the place of gold
  CompareReport report_;
  size_t furthest_ = 0;  // row of the largest distance, from 0

  RowLoopResult rows_;
  std::vector<TextInput> first_rows_;  // for the layers
  std::vector<double> first_seconds_;  // of windows, in pairs
  std::vector<double> second_seconds_;
};

// Each of the two goes first in every other call.
void Comparison::time_in_turns(std::span<const TextInput> inputs) {
  const bool first_begins = first_seconds_.size() % 2 == 0;
  double seconds[2];
  for (const bool is_first : {first_begins, !first_begins}) {
    const Clock::time_point start = Clock::now();
    (is_first ? first_ : second_).classify(inputs);
    seconds[is_first ? 0 : 1] = seconds_since(start);
  }
  first_seconds_.push_back(seconds[0]);
  second_seconds_.push_back(seconds[1]);
}

ListedRow Comparison::listed(const ModelRows& rows, size_t row, double distance) const {
  const TextInput& input = rows.inputs[row];
  return {.row = static_cast<int64_t>(report_.distances.size()),
          .line = rows.lines[row],
          .text = input.text,
          .pair = input.pair,
          .has_pair = input.has_pair,
          .distance = distance};
}

void Comparison::add_row(const ModelRows& rows, size_t row) {
  const Prediction& a = rows.predictions[0][row];
  const Prediction& b = rows.predictions[1][row];
  if (!is_finite(a) || !is_finite(b)) reader_.fail(rows.lines[row], "a model gives scores that are not finite");
  const double distance = logit_distance(a, b);
  if (report_.distances.empty() || distance > report_.distances[furthest_]) {
    furthest_ = report_.distances.size();
    report_.furthest_line = rows.lines[row];
  }
  report_.distances.push_back(distance);
  report_.scores ? add_scores(rows, row, distance) : add_labels(rows, row, distance);
}

void Comparison::add_scores(const ModelRows& rows, size_t row, double distance) {
  ScoreComparison& scores = *report_.scores;
  const std::optional<double> gold = request_.labelled ? std::optional(rows.gold[row].value) : std::nullopt;
  scores.first.push_back(static_cast<double>(rows.predictions[0][row].score));
  scores.second.push_back(static_cast<double>(rows.predictions[1][row].score));
  if (gold) scores.gold.push_back(*gold);
  if (distance == 0) return;
  keep(scores.moved,
       {.at = listed(rows, row, distance), .gold = gold, .first = scores.first.back(), .second = scores.second.back()},
       request_.flips);
}

void Comparison::add_labels(const ModelRows& rows, size_t row, double distance) {
  const Prediction& a = rows.predictions[0][row];
  const Prediction& b = rows.predictions[1][row];
  const std::optional<int32_t> gold = request_.labelled ? std::optional(rows.gold[row].label) : std::nullopt;
  first_.add(a, gold);
  second_.add(b, gold);
  agreement_.add(a.label, b.label);
  report_.divergence += divergence(a.scores, a.logits, b.logits);
  if (a.label == b.label) return;

  ++report_.changed;
  const FlipKind kind = a.label == gold ? FlipKind::kBroken : b.label == gold ? FlipKind::kFixed : FlipKind::kOther;
  report_.broken += kind == FlipKind::kBroken ? 1 : 0;
  report_.fixed += kind == FlipKind::kFixed ? 1 : 0;
  const auto name = [&](int32_t id) { return report_.labels[static_cast<size_t>(id)]; };
  keep(report_.flips,
       {.at = listed(rows, row, distance),
        .gold = gold ? name(*gold) : "",
        .first = name(a.label),
        .second = name(b.label),
        .first_score = a.score,
        .second_score = b.score,
        .kind = kind},
       request_.flips);
}

void Comparison::add(const ModelRows& rows) {
  if (rows.refused) {  // both models once more without the row; windows are small
    time_in_turns(rows.inputs);
  } else {
    first_seconds_.push_back(rows.seconds[0]);
    second_seconds_.push_back(rows.seconds[1]);
  }
  for (size_t row = 0; row < rows.inputs.size(); ++row) {
    add_row(rows, row);
    if (first_rows_.size() < request_.layer_rows) first_rows_.push_back(rows.inputs[row]);
  }
}

void Comparison::run() {
  Progress progress(false, "rows");
  RowLoop loop;
  for (CompareSide* side : {&first_, &second_}) {
    warm_up(side->classifier());
    loop.models.emplace_back([side](std::span<const TextInput> inputs) { return side->classify(inputs); });
  }
  if (request_.labelled) {
    loop.gold_of = [&](const std::string& label) {
      return gold_ids_ ? Gold{.label = gold_ids_->id_of(label)} : Gold{.value = parse_gold_value(label)};
    };
  }
  loop.bad_row = bad_row_action(request_.bad_rows);
  loop.take = [&](const ModelRows& rows) { add(rows); };
  loop.progress = [&](int64_t rows, std::optional<double> fraction) { progress.update(rows, fraction); };
  loop.max_rows = request_.max_samples;
  const auto threads = static_cast<size_t>(first_.classifier().threads().threads);
  loop.most_window_rows = std::min(kRowsPerThread * threads, most_window_rows(first_.config().labels().size()));
  loop.first_window_rows = loop.most_window_rows;
  rows_ = run_row_loop(reader_, loop);
  if (rows_.tally.texts() == 0) throw Error(ErrorCode::kData, reader_.name() + ": no rows to compare");
}

void Comparison::time_first_rows() {
  const Clock::time_point start = Clock::now();
  while (!first_rows_.empty() && first_seconds_.size() < kWantedPairs && seconds_since(start) < kMostExtraSeconds) {
    time_in_turns(first_rows_);
  }
}

CompareReport Comparison::report() {
  report_.file = reader_.name();
  report_.rows = rows_.tally.texts();
  report_.skipped = rows_.left_out;
  report_.truncated = rows_.tally.truncated();
  report_.divergence /= static_cast<double>(report_.rows);
  if (!report_.scores) report_.agreement.assign(agreement_.confusion().begin(), agreement_.confusion().end());
  report_.first = first_.report(report_.rows);
  report_.second = second_.report(report_.rows);
  report_.first.seconds = sum(first_seconds_);
  report_.second.seconds = sum(second_seconds_);
  if (report_.scores) {
    report_.scores->summarise();
  } else if (request_.labelled) {
    report_.mcnemar = mcnemar(report_.broken, report_.fixed);
    report_.accuracy_difference = accuracy_interval(report_.rows, report_.broken, report_.fixed);
  }
  report_.layers = compare_layers(first_.classifier(), second_.classifier(), first_rows_);
  time_first_rows();
  report_.speed_up = paired_log_ratio(first_seconds_, second_seconds_);
  report_.speed_pairs = first_seconds_.size();
  report_left_out(report_.skipped, report_.rows, request_.bad_rows);
  report_losses(rows_.tally, first_.classifier().max_length());
  return std::move(report_);
}

}  // namespace

CompareReport compare(Reader& reader, const CompareRequest& request) {
  Comparison comparison(reader, request);
  comparison.run();
  return comparison.report();
}

}  // namespace fbert
