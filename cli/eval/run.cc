#include "cli/eval/run.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <iterator>
#include <optional>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "cli/eval/checks.h"
#include "cli/eval/degradation.h"
#include "cli/output.h"
#include "cli/report/progress.h"
#include "cli/rows.h"
#include "data/tasks.h"

namespace fbert {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

// A row's gold label, or value of a regression model.
struct Gold {
  int32_t label = 0;
  double value = 0;
};

// One variant with what was counted of it.
struct Contestant {
  Contestant(const Variant& variant, size_t model_labels, Classifier loaded)
      : name(variant.name), classifier(std::move(loaded)), counts(static_cast<int32_t>(model_labels)) {}

  void add(const Gold& gold, const Prediction& prediction, bool regression) {
    if (regression) {
      scores.add(gold.value, static_cast<double>(prediction.score));
    } else {
      counts.add(gold.label, prediction.label);
      loss += cross_entropy(prediction.logits, static_cast<size_t>(gold.label));
    }
  }

  std::string name;
  Classifier classifier;
  LabelCounts counts;
  RegressionScores scores;
  double loss = 0;
  Flips flips;  // against the first contestant
  double seconds = 0;
};

class Evaluation {
 public:
  Evaluation(Reader& reader, const EvalRequest& request) : reader_(reader), request_(request) {
    for (const Variant& variant : request.variants) add_contestant(variant);
    const ModelConfig& config = first().classifier.model().config();
    check_evaluable(config, request.task);
    regression_ = config.problem_type == ProblemType::kRegression;
    if (!regression_) labels_.emplace(config.labels, request.labels);
    for (Contestant& one : contestants_) warm_up(one.classifier);
  }

  void run();
  EvalReport report() const;
  std::vector<std::string> known_metrics() const;

 private:
  // The first windows are small, so that progress shows early and no variant runs long before the others.
  static constexpr size_t kFirstWindowRows = 256;

  Contestant& first() { return contestants_.front(); }
  const Contestant& first() const { return contestants_.front(); }
  void add_contestant(const Variant& variant);
  void take_window();
  std::vector<Prediction> classify(Contestant& contestant);
  void read_gold();
  void skip(size_t row, const std::string& problem);
  void skip(const std::string& message);
  void remove_bad_rows();
  std::vector<Metric> metrics_of(const Contestant& one) const;
  VariantReport variant_report(const Contestant& one) const;

  Reader& reader_;
  const EvalRequest& request_;
  std::vector<Contestant> contestants_;
  std::optional<LabelMap> labels_;  // of a classifier
  bool regression_ = false;
  RowWindow window_;
  std::vector<Gold> gold_;    // of the window
  std::vector<uint8_t> bad_;  // likewise
  TextTally tally_;           // of the first variant
  int64_t skipped_ = 0;
  double reading_seconds_ = 0;
  size_t turn_ = 0;  // the contestant that begins with the next window
};

void Evaluation::add_contestant(const Variant& variant) {
  Classifier classifier = Classifier::load(variant.folder, variant.options);
  const ModelConfig& config = classifier.model().config();
  if (!contestants_.empty()) {
    const ModelConfig& other = first().classifier.model().config();
    if (config.labels != other.labels || config.problem_type != other.problem_type) {
      throw Error(ErrorCode::kData, fmt::format("{} and {} cannot be compared: their labels differ",
                                                escaped(first().name), escaped(variant.name)));
    }
  }
  const size_t labels = config.labels.size();
  contestants_.emplace_back(variant, labels, std::move(classifier));
}

void Evaluation::skip(const std::string& message) {
  ++skipped_;
  if (request_.bad_rows == BadRows::kReport) write_message("fbert: " + message + '\n');
}

void Evaluation::skip(size_t row, const std::string& problem) {
  if (std::exchange(bad_[row], uint8_t{1}) != 0) return;
  try {
    reader_.fail(window_.lines[row], problem);
  } catch (const RowError& error) {
    if (request_.bad_rows == BadRows::kError) throw;
    skip(error.what());
  }
}

void Evaluation::read_gold() {
  gold_.assign(window_.inputs.size(), {});
  bad_.assign(window_.inputs.size(), 0);
  for (size_t row = 0; row < gold_.size(); ++row) {
    try {
      if (regression_) {
        gold_[row].value = parse_gold_value(window_.labels[row]);
      } else {
        gold_[row].label = labels_->id_of(window_.labels[row]);
      }
    } catch (const Error& error) {
      skip(row, error.what());
    }
  }
}

void Evaluation::remove_bad_rows() {
  size_t kept = 0;
  for (size_t row = 0; row < bad_.size(); ++row) {
    if (bad_[row] != 0) continue;
    if (kept != row) {
      std::swap(window_.inputs[kept], window_.inputs[row]);
      window_.lines[kept] = window_.lines[row];
      gold_[kept] = gold_[row];
    }
    ++kept;
  }
  window_.inputs.resize(kept);
  window_.lines.resize(kept);
  gold_.resize(kept);
  bad_.assign(kept, 0);
}

// Of all rows of the window; a row whose text the model does not take becomes bad, and its prediction is empty.
std::vector<Prediction> Evaluation::classify(Contestant& contestant) {
  const Clock::time_point start = Clock::now();
  const std::span<const TextInput> inputs = window_.inputs;
  std::vector<Prediction> predictions;
  while (predictions.size() < inputs.size()) {
    const size_t begin = predictions.size();
    const auto append = [&](std::span<const TextInput> part) {
      std::vector<Prediction> found = contestant.classifier.classify_or_throw(part);
      std::move(found.begin(), found.end(), std::back_inserter(predictions));
    };
    try {
      append(inputs.subspan(begin));
    } catch (const InputError& error) {
      skip(begin + error.index(), error.problem());
      append(inputs.subspan(begin, error.index()));
      predictions.emplace_back();
    }
  }
  contestant.seconds += seconds_since(start);
  return predictions;
}

void Evaluation::take_window() {
  read_gold();
  remove_bad_rows();
  std::vector<std::vector<Prediction>> predictions(contestants_.size());
  for (size_t i = 0; i < contestants_.size(); ++i) {
    const size_t turn = (turn_ + i) % contestants_.size();
    predictions[turn] = classify(contestants_[turn]);
  }
  ++turn_;
  std::vector<Prediction> kept;  // of the first variant
  for (size_t row = 0; row < gold_.size(); ++row) {
    if (bad_[row] != 0) continue;
    Prediction& reference = predictions.front()[row];
    for (size_t i = 0; i < contestants_.size(); ++i) {
      const Prediction& prediction = predictions[i][row];
      if (!is_finite(prediction)) reader_.fail(window_.lines[row], "the model gives scores that are not finite");
      contestants_[i].add(gold_[row], prediction, regression_);
      contestants_[i].flips.add(gold_[row].label, reference.label, prediction.label);
    }
    kept.push_back(std::move(reference));
  }
  tally_.add(kept);
}

void Evaluation::run() {
  Progress progress(false, "rows");
  const auto bad_row = [&](const RowError& error) { skip(error.what()); };
  const bool goes_on = request_.bad_rows != BadRows::kError;
  const size_t most_rows = most_window_rows(first().classifier.model().config().labels.size());
  size_t rows = std::min(kFirstWindowRows, most_rows);
  const int64_t most = request_.max_samples == 0 ? INT64_MAX : request_.max_samples;
  for (bool more = true; more && tally_.texts() < most; rows = std::min(2 * rows, most_rows)) {
    const Clock::time_point start = Clock::now();
    const auto wanted = static_cast<size_t>(std::min(most - tally_.texts(), static_cast<int64_t>(rows)));
    more = goes_on ? window_.read(reader_, wanted, bad_row) : window_.read(reader_, wanted);
    reading_seconds_ += seconds_since(start);
    take_window();
    if (window_.failure) std::rethrow_exception(window_.failure);
    std::optional<double> fraction = reader_.fraction();
    if (request_.max_samples > 0) {
      const double of_wanted = static_cast<double>(tally_.texts()) / static_cast<double>(most);
      fraction = std::max(fraction.value_or(0), of_wanted);
    }
    progress.update(tally_.texts(), fraction);
  }
}

std::vector<Metric> Evaluation::metrics_of(const Contestant& one) const {
  if (regression_) return all_metrics(one.scores);
  return all_metrics(one.counts, one.loss / static_cast<double>(std::max<int64_t>(one.counts.rows(), 1)));
}

std::vector<std::string> Evaluation::known_metrics() const {
  std::vector<std::string> names;
  for (const auto& [name, value] : metrics_of(first())) names.push_back(name);
  return names;
}

VariantReport Evaluation::variant_report(const Contestant& one) const {
  VariantReport report{.name = one.name,
                       .metrics = metrics_of(one),
                       .labels = {},
                       .confusion = {one.counts.confusion().begin(), one.counts.confusion().end()},
                       .model_size = one.classifier.model().weight_bytes(),
                       .file_bytes = one.classifier.model().file_bytes(),
                       .seconds = one.seconds,
                       .degradation = {}};
  if (regression_) report.confusion.clear();
  for (int32_t id = 0; !regression_ && id < one.counts.num_labels(); ++id)
    report.labels.push_back(one.counts.label(id));
  return report;
}

EvalReport Evaluation::report() const {
  EvalReport report;
  report.file = reader_.name();
  report.rows = tally_.texts();
  report.skipped = skipped_;
  report.truncated = tally_.truncated();
  report.reading_seconds = reading_seconds_;
  report.labels = first().classifier.model().config().labels;
  for (const Contestant& one : contestants_) report.variants.push_back(variant_report(one));
  for (size_t i = 1; i < contestants_.size(); ++i) {
    report.variants[i].degradation =
        regression_ ? regression_degradation(report.variants.front(), report.variants[i], first().scores.gold(),
                                             first().scores.predicted(), contestants_[i].scores.predicted())
                    : classifier_degradation(report.variants.front(), report.variants[i], contestants_[i].flips);
  }
  report_left_out(skipped_, tally_.texts(), request_.bad_rows);
  tally_.report(first().classifier.max_length());
  return report;
}

}  // namespace

EvalReport evaluate(Reader& reader, const EvalRequest& request) {
  Evaluation evaluation(reader, request);
  const std::vector<std::string> metrics = chosen_metrics(request.metrics, request.task, evaluation.known_metrics());
  evaluation.run();
  EvalReport report = evaluation.report();
  if (report.rows == 0) throw Error(ErrorCode::kData, reader.name() + ": no rows to evaluate");
  report.task = request.task == nullptr ? "" : request.task->name;
  report.metrics = metrics;
  return report;
}

}  // namespace fbert
