#include "cli/eval/run.h"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "cli/eval/checks.h"
#include "cli/notes.h"
#include "cli/report/progress.h"
#include "data/row_loop.h"
#include "data/tasks.h"
#include "fbert/error.h"
#include "metrics/degradation.h"

namespace fbert {
namespace {

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
    regression_ = config.problem_type() == ProblemType::kRegression;
    if (!regression_) labels_.emplace(config.labels(), request.labels);
    for (Contestant& one : contestants_) warm_up(one.classifier);
  }

  void run();
  EvalReport report() const;
  std::vector<std::string> known_metrics() const;

 private:
  static constexpr size_t kFirstWindowRows = 256;

  Contestant& first() { return contestants_.front(); }
  const Contestant& first() const { return contestants_.front(); }
  void add_contestant(const Variant& variant);
  void add(const ModelRows& rows);
  std::vector<Metric> metrics_of(const Contestant& one) const;
  VariantReport variant_report(const Contestant& one) const;

  Reader& reader_;
  const EvalRequest& request_;
  std::vector<Contestant> contestants_;
  std::optional<LabelMap> labels_;  // of a classifier
  bool regression_ = false;
  RowLoopResult rows_;
};

void Evaluation::add_contestant(const Variant& variant) {
  Classifier classifier = Classifier::load(variant.folder, variant.options);
  report_notes(classifier);
  const ModelConfig& config = classifier.model().config();
  if (!contestants_.empty()) {
    const ModelConfig& other = first().classifier.model().config();
    if (config.labels() != other.labels() || config.problem_type() != other.problem_type()) {
      throw Error(ErrorCode::kData, fmt::format("{} and {} cannot be compared: their labels differ",
                                                escaped(first().name), escaped(variant.name)));
    }
  }
  const size_t labels = config.labels().size();
  contestants_.emplace_back(variant, labels, std::move(classifier));
}

void Evaluation::add(const ModelRows& rows) {
  for (size_t i = 0; i < contestants_.size(); ++i) contestants_[i].seconds += rows.seconds[i];
  for (size_t row = 0; row < rows.inputs.size(); ++row) {
    const Gold& gold = rows.gold[row];
    const Prediction& reference = rows.predictions.front()[row];
    for (size_t i = 0; i < contestants_.size(); ++i) {
      const Prediction& prediction = rows.predictions[i][row];
      if (!is_finite(prediction)) reader_.fail(rows.lines[row], "the model gives scores that are not finite");
      contestants_[i].add(gold, prediction, regression_);
      contestants_[i].flips.add(gold.label, reference.label, prediction.label);
    }
  }
}

void Evaluation::run() {
  Progress progress(false, "rows");
  RowLoop loop;
  for (Contestant& one : contestants_) {
    loop.models.emplace_back(
        [&one](std::span<const TextInput> inputs) { return one.classifier.classify_or_throw(inputs); });
  }
  loop.gold_of = [&](const std::string& label) {
    return regression_ ? Gold{.value = parse_gold_value(label)} : Gold{.label = labels_->id_of(label)};
  };
  loop.bad_row = bad_row_action(request_.bad_rows);
  loop.take = [&](const ModelRows& rows) { add(rows); };
  loop.progress = [&](int64_t rows, std::optional<double> fraction) { progress.update(rows, fraction); };
  loop.max_rows = request_.max_samples;
  loop.most_window_rows = most_window_rows(first().classifier.model().config().labels().size());
  loop.first_window_rows = kFirstWindowRows;
  rows_ = run_row_loop(reader_, loop);
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
  report.rows = rows_.tally.texts();
  report.skipped = rows_.left_out;
  report.truncated = rows_.tally.truncated();
  report.reading_seconds = rows_.reading_seconds;
  report.labels = first().classifier.model().config().labels();
  for (const Contestant& one : contestants_) report.variants.push_back(variant_report(one));
  for (size_t i = 1; i < contestants_.size(); ++i) {
    VariantReport& variant = report.variants[i];
    const std::vector<Metric>& of_first = report.variants.front().metrics;
    variant.degradation = regression_
                              ? regression_degradation(of_first, variant.metrics, first().scores.gold(),
                                                       first().scores.predicted(), contestants_[i].scores.predicted())
                              : classifier_degradation(of_first, variant.metrics, contestants_[i].flips);
  }
  report_left_out(rows_.left_out, rows_.tally.texts(), request_.bad_rows);
  report_losses(rows_.tally, first().classifier.max_length());
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
