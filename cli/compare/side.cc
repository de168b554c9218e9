#include "cli/compare/side.h"

#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "cli/notes.h"
#include "data/text_util.h"
#include "fbert/error.h"
#include "metrics/statistics.h"

namespace fbert {
namespace {

using Labels = std::vector<std::string>;

std::string names(const Labels& labels) {
  std::string out;
  for (const std::string& label : std::span(labels).first(std::min<size_t>(labels.size(), 10))) {
    out += (out.empty() ? "" : ", ") + escaped(label);
  }
  return labels.size() > 10 ? out + ", ..." : out;
}

// The place of a label among others; -1 where it is not, or where several differ from it in case alone.
int32_t find_label(const Labels& labels, const std::string& wanted) {
  const auto exact = std::find(labels.begin(), labels.end(), wanted);
  if (exact != labels.end()) return static_cast<int32_t>(exact - labels.begin());
  const auto alike = [&](const std::string& label) { return equal_ignoring_case(label, wanted); };
  if (std::count_if(labels.begin(), labels.end(), alike) != 1) return -1;
  return static_cast<int32_t>(std::find_if(labels.begin(), labels.end(), alike) - labels.begin());
}

// By id of `own`: the place in `wanted`. Empty unless both are the same labels.
std::vector<int32_t> matched(const Labels& own, const Labels& wanted) {
  std::vector<int32_t> ids;
  for (const std::string& label : own) ids.push_back(find_label(wanted, label));
  std::vector<int32_t> sorted = ids;
  std::sort(sorted.begin(), sorted.end());
  const bool each_once = std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end();
  if (!each_once || own.size() != wanted.size() || sorted.front() < 0) ids.clear();
  return ids;
}

}  // namespace

CompareSide::CompareSide(const Variant& variant, bool labelled)
    : variant_(variant),
      classifier_(Classifier::load(variant.folder, variant.options)),
      counts_(classifier_.model().config().num_labels()) {
  report_notes(classifier_);
  const bool one_score = regression() && config().num_labels() == 1;
  if (config().problem_type() != ProblemType::kSingleLabel && !one_score) {
    throw Error(ErrorCode::kUnsupported,
                fmt::format("{}: compare needs models that give one label or one score to a text; the problem_type of "
                            "this one is {}, with {} outputs",
                            escaped(variant.name), to_string(config().problem_type()), config().num_labels()));
  }
  report_.name = variant.name;
  report_.folder = variant.folder.path().string();
  report_.model_size = classifier_.model().weight_bytes();
  report_.file_bytes = classifier_.model().file_bytes();
  if (regression()) return;
  report_.predicted.resize(config().labels().size());
  if (labelled) report_.quality.emplace();
}

void CompareSide::align_with(const CompareSide& first) {
  if (regression() && first.regression()) return;
  if (regression() != first.regression()) {
    const auto gives = [](const CompareSide& side) { return side.regression() ? "scores" : "labels"; };
    throw Error(ErrorCode::kData,
                fmt::format("{} and {} cannot be compared: the first gives {}, the second {}",
                            escaped(first.report_.name), escaped(report_.name), gives(first), gives(*this)));
  }
  const Labels& wanted = first.config().labels();
  const Labels& own = config().labels();
  if (wanted == own) return;
  ids_ = matched(own, wanted);
  if (!ids_.empty()) return;
  throw Error(ErrorCode::kData,
              fmt::format("{} and {} cannot be compared: their labels differ: {} and {}", escaped(first.report_.name),
                          escaped(report_.name), names(wanted), names(own)));
}

std::vector<Prediction> CompareSide::classify(std::span<const TextInput> inputs) {
  std::vector<Prediction> predictions = classifier_.classify_or_throw(inputs);
  for (Prediction& prediction : predictions) align(prediction);
  return predictions;
}

void CompareSide::align(Prediction& prediction) const {
  if (ids_.empty()) return;
  const Prediction own = prediction;
  for (size_t id = 0; id < ids_.size(); ++id) {
    prediction.logits[static_cast<size_t>(ids_[id])] = own.logits[id];
    prediction.scores[static_cast<size_t>(ids_[id])] = own.scores[id];
  }
  prediction.label = ids_[static_cast<size_t>(own.label)];
}

void CompareSide::add(const Prediction& prediction, std::optional<int32_t> gold) {
  ++report_.predicted[static_cast<size_t>(prediction.label)];
  report_.confidence.push_back(static_cast<double>(prediction.score));
  if (!gold) return;
  Quality& quality = *report_.quality;
  quality.eval_loss += cross_entropy(prediction.logits, static_cast<size_t>(*gold));
  quality.brier += brier_score(prediction.scores, static_cast<size_t>(*gold));
  quality.correct.push_back(prediction.label == *gold ? 1 : 0);
  counts_.add(*gold, prediction.label);
}

ComparedSide CompareSide::report(int64_t rows) {
  if (report_.quality) {
    Quality& quality = *report_.quality;
    quality.accuracy = counts_.accuracy();
    quality.eval_loss /= static_cast<double>(rows);
    quality.brier /= static_cast<double>(rows);
    quality.calibration_error = expected_calibration_error(report_.confidence, quality.correct);
    for (int32_t id = 0; id < counts_.num_labels(); ++id) quality.labels.push_back(counts_.label(id));
  }
  return std::move(report_);
}

}  // namespace fbert
