#include "cli/compare/run.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <exception>
#include <numeric>
#include <optional>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "cli/compare/side.h"
#include "cli/output.h"
#include "cli/report/progress.h"

namespace fbert {
namespace {

using Clock = std::chrono::steady_clock;
using Predictions = std::vector<Prediction>;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

// Rows of a window for each thread: small, so that even short files give several pairs of timings.
constexpr size_t kRowsPerThread = 32;

// Fewer pairs of timings than this are made up for by running the first rows again, for a while.
constexpr size_t kWantedPairs = 20;
constexpr double kMostExtraSeconds = 5;

constexpr double kMostDraws = 2e8;  // of rows, for the bootstrap

double sum(std::span<const double> values) { return std::accumulate(values.begin(), values.end(), 0.0); }

double logit_distance(const Prediction& a, const Prediction& b) {
  double most = 0;
  for (size_t id = 0; id < a.logits.size(); ++id) {
    most = std::max(most, std::fabs(static_cast<double>(a.logits[id]) - static_cast<double>(b.logits[id])));
  }
  return most;
}

double divergence(const Prediction& a, const Prediction& b) {
  double sum = 0;
  for (size_t id = 0; id < a.scores.size(); ++id) {
    const auto p = static_cast<double>(a.scores[id]);
    if (p > 0) sum += p * (cross_entropy(b.logits, id) - cross_entropy(a.logits, id));
  }
  return std::max(sum, 0.0);
}

// Keeps the rows furthest apart. Of equal ones, those that come first.
template <typename Row>
void keep(std::vector<Row>& rows, Row row, size_t most) {
  const auto place =
      std::find_if(rows.begin(), rows.end(), [&](const Row& other) { return other.at.distance < row.at.distance; });
  rows.insert(place, std::move(row));
  if (rows.size() > most) rows.pop_back();
}

// A row's gold label, or value of a regression model.
struct Gold {
  int32_t label = 0;
  double value = 0;
};

// Of the difference of two accuracies, by rows of which `broken` count -1, `fixed` 1 and the others 0.
Interval accuracy_interval(int64_t rows, int64_t broken, int64_t fixed) {
  std::vector<int8_t> gains(static_cast<size_t>(rows));
  std::fill_n(gains.begin(), broken, int8_t{-1});
  std::fill_n(gains.begin() + broken, fixed, int8_t{1});
  const auto mean_gain = [&](std::span<const size_t> sample) {
    int64_t sum = 0;
    for (const size_t row : sample) sum += gains[row];
    return static_cast<double>(sum) / static_cast<double>(rows);
  };
  const double affordable = kMostDraws / static_cast<double>(rows);
  return bootstrap_rows(gains.size(), mean_gain,
                        {.resamples = static_cast<int>(std::clamp(affordable, 200.0, 2000.0))});
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
      gold_ids_.emplace(first_.config().labels, request.labels);
      report_.labels = first_.config().labels;
    }
  }

  void run();
  CompareReport report();

 private:
  void take_window();
  void read_gold();
  void skip(const std::string& message);
  void remove_row(size_t row, const std::string& problem);
  void classify();
  void add_row(size_t row);
  void add_labels(const Prediction& a, const Prediction& b, size_t row, double distance);
  void add_scores(const Prediction& a, const Prediction& b, size_t row, double distance);
  ListedRow listed(size_t row, double distance) const;
  void time_first_rows();
  void classify_in_turns(std::span<const TextInput> inputs, Predictions& first, Predictions& second);

  Reader& reader_;
  const CompareRequest& request_;
  CompareSide first_;
  CompareSide second_;
  std::optional<LabelMap> gold_ids_;  // of models that give labels
  LabelCounts agreement_;             // the first model's label in the place of gold
  CompareReport report_;
  size_t furthest_ = 0;  // row of the largest distance, from 0

  RowWindow window_;
  std::vector<Gold> gold_;  // of the window; empty without labels
  Predictions first_predictions_;
  Predictions second_predictions_;

  TextTally tally_;
  std::vector<TextInput> first_rows_;  // for the layers
  std::vector<double> first_seconds_;  // of windows, in pairs
  std::vector<double> second_seconds_;
};

void Comparison::skip(const std::string& message) {
  ++report_.skipped;
  if (request_.bad_rows == BadRows::kReport) write_message("fbert: " + message + '\n');
}

void Comparison::remove_row(size_t row, const std::string& problem) {
  try {
    reader_.fail(window_.lines[row], problem);
  } catch (const RowError& error) {
    if (request_.bad_rows == BadRows::kError) throw;
    skip(error.what());
  }
  const auto at = static_cast<std::ptrdiff_t>(row);
  window_.inputs.erase(window_.inputs.begin() + at);
  window_.lines.erase(window_.lines.begin() + at);
  window_.labels.erase(window_.labels.begin() + at);
}

void Comparison::read_gold() {
  gold_.clear();
  while (request_.labelled && gold_.size() < window_.labels.size()) {
    try {
      const std::string& label = window_.labels[gold_.size()];
      gold_.push_back(gold_ids_ ? Gold{.label = gold_ids_->id_of(label)} : Gold{.value = parse_gold_value(label)});
    } catch (const Error& error) {
      remove_row(gold_.size(), error.what());
    }
  }
}

// Each of the two goes first in every other window.
void Comparison::classify_in_turns(std::span<const TextInput> inputs, Predictions& first, Predictions& second) {
  const bool first_begins = first_seconds_.size() % 2 == 0;
  double seconds[2];
  for (const bool is_first : {first_begins, !first_begins}) {
    const Clock::time_point start = Clock::now();
    (is_first ? first : second) = (is_first ? first_ : second_).classify(inputs);
    seconds[is_first ? 0 : 1] = seconds_since(start);
  }
  first_seconds_.push_back(seconds[0]);
  second_seconds_.push_back(seconds[1]);
}

// Windows are small, so that doing one again without a row that a model does not take costs little.
void Comparison::classify() {
  while (!window_.inputs.empty()) {
    try {
      classify_in_turns(window_.inputs, first_predictions_, second_predictions_);
      return;
    } catch (const InputError& error) {
      remove_row(error.index(), error.problem());
      if (request_.labelled) gold_.erase(gold_.begin() + static_cast<std::ptrdiff_t>(error.index()));
    }
  }
}

ListedRow Comparison::listed(size_t row, double distance) const {
  const TextInput& input = window_.inputs[row];
  return {.row = static_cast<int64_t>(report_.distances.size()),
          .line = window_.lines[row],
          .text = input.text,
          .pair = input.pair,
          .has_pair = input.has_pair,
          .distance = distance};
}

void Comparison::add_row(size_t row) {
  const Prediction& a = first_predictions_[row];
  const Prediction& b = second_predictions_[row];
  if (!is_finite(a) || !is_finite(b)) reader_.fail(window_.lines[row], "a model gives scores that are not finite");
  const double distance = logit_distance(a, b);
  if (report_.distances.empty() || distance > report_.distances[furthest_]) {
    furthest_ = report_.distances.size();
    report_.furthest_line = window_.lines[row];
  }
  report_.distances.push_back(distance);
  report_.scores ? add_scores(a, b, row, distance) : add_labels(a, b, row, distance);
}

void Comparison::add_scores(const Prediction& a, const Prediction& b, size_t row, double distance) {
  ScoreComparison& scores = *report_.scores;
  scores.first.push_back(static_cast<double>(a.score));
  scores.second.push_back(static_cast<double>(b.score));
  if (request_.labelled) scores.gold.push_back(gold_[row].value);
  if (distance == 0) return;
  keep(scores.moved,
       {.at = listed(row, distance),
        .gold = request_.labelled ? std::optional(gold_[row].value) : std::nullopt,
        .first = scores.first.back(),
        .second = scores.second.back()},
       request_.flips);
}

void Comparison::add_labels(const Prediction& a, const Prediction& b, size_t row, double distance) {
  const std::optional<int32_t> gold = request_.labelled ? std::optional(gold_[row].label) : std::nullopt;
  first_.add(a, gold);
  second_.add(b, gold);
  agreement_.add(a.label, b.label);
  report_.divergence += divergence(a, b);
  if (a.label == b.label) return;

  ++report_.changed;
  const FlipKind kind = a.label == gold ? FlipKind::kBroken : b.label == gold ? FlipKind::kFixed : FlipKind::kOther;
  report_.broken += kind == FlipKind::kBroken ? 1 : 0;
  report_.fixed += kind == FlipKind::kFixed ? 1 : 0;
  const auto name = [&](int32_t id) { return report_.labels[static_cast<size_t>(id)]; };
  keep(report_.flips,
       {.at = listed(row, distance),
        .gold = gold ? name(*gold) : "",
        .first = name(a.label),
        .second = name(b.label),
        .first_score = a.score,
        .second_score = b.score,
        .kind = kind},
       request_.flips);
}

void Comparison::take_window() {
  read_gold();
  classify();
  for (size_t row = 0; row < window_.inputs.size(); ++row) {
    add_row(row);
    if (first_rows_.size() < request_.layer_rows) first_rows_.push_back(window_.inputs[row]);
  }
  if (!window_.inputs.empty()) tally_.add(first_predictions_);
}

void Comparison::run() {
  Progress progress(false, "rows");
  warm_up(first_.classifier());
  warm_up(second_.classifier());
  const auto bad_row = [&](const RowError& error) { skip(error.what()); };
  const bool goes_on = request_.bad_rows != BadRows::kError;
  const auto threads = static_cast<size_t>(first_.classifier().threads().threads);
  const size_t rows = std::min(kRowsPerThread * threads, most_window_rows(first_.config().labels.size()));
  const int64_t most = request_.max_samples == 0 ? INT64_MAX : request_.max_samples;
  for (bool more = true; more && tally_.texts() < most;) {
    const auto wanted = static_cast<size_t>(std::min(most - tally_.texts(), static_cast<int64_t>(rows)));
    more = goes_on ? window_.read(reader_, wanted, bad_row) : window_.read(reader_, wanted);
    take_window();
    if (window_.failure) std::rethrow_exception(window_.failure);
    std::optional<double> fraction = reader_.fraction();
    if (request_.max_samples > 0) {
      fraction = std::max(fraction.value_or(0), static_cast<double>(tally_.texts()) / static_cast<double>(most));
    }
    progress.update(tally_.texts(), fraction);
  }
  if (tally_.texts() == 0) throw Error(ErrorCode::kData, reader_.name() + ": no rows to compare");
}

void Comparison::time_first_rows() {
  const Clock::time_point start = Clock::now();
  const std::span<const TextInput> rows = first_rows_;
  while (!rows.empty() && first_seconds_.size() < kWantedPairs && seconds_since(start) < kMostExtraSeconds) {
    classify_in_turns(rows, first_predictions_, second_predictions_);
  }
}

CompareReport Comparison::report() {
  report_.file = reader_.name();
  report_.rows = tally_.texts();
  report_.truncated = tally_.truncated();
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
  tally_.report(first_.classifier().max_length());
  return std::move(report_);
}

}  // namespace

CompareReport compare(Reader& reader, const CompareRequest& request) {
  Comparison comparison(reader, request);
  comparison.run();
  return comparison.report();
}

}  // namespace fbert
