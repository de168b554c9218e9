#include "data/rows.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "data/clock.h"

namespace fbert {

namespace {

constexpr size_t kMaxRows = 4096;
constexpr size_t kMaxBytes = size_t{16} << 20;
constexpr size_t kMaxValues = size_t{1} << 22;  // logits of a window: a model can have a million labels
constexpr std::chrono::milliseconds kMaxWait{100};

}  // namespace

size_t most_window_rows(size_t labels) { return std::clamp<size_t>(kMaxValues / labels, 1, kMaxRows); }

bool RowWindow::read(Reader& reader, size_t max_rows, const std::function<void(const RowError&)>& bad_row) {
  const Clock::time_point start = Clock::now();
  inputs.clear();
  labels.clear();
  lines.clear();
  size_t bytes = 0;
  try {
    Example example;
    while (inputs.size() < max_rows) {
      try {
        if (!reader.next(example)) return false;
      } catch (const RowError& error) {
        if (!bad_row) throw;
        bad_row(error);
        continue;
      }
      bytes += example.input.text.size() + example.input.pair.size();
      lines.push_back(example.line);
      labels.push_back(std::move(example.label));
      inputs.push_back(std::move(example.input));
      if (bytes >= kMaxBytes || Clock::now() - start > kMaxWait) break;
    }
  } catch (const Error&) {
    failure = std::current_exception();
    return false;
  }
  return true;
}

void classify_rows(Reader& reader, const Classifier& classifier, int64_t max_rows,
                   const std::function<void(const Rows&)>& take) {
  RowWindow window;
  const auto classify_first = [&](size_t count) {
    if (count == 0) return;
    const auto inputs = std::span(window.inputs).first(count);
    const std::vector<Prediction> predictions = classifier.classify_or_throw(inputs);
    take({.inputs = inputs,
          .labels = std::span(window.labels).first(count),
          .lines = std::span(window.lines).first(count),
          .predictions = predictions});
  };
  const auto labels = static_cast<size_t>(classifier.model().config().num_labels());
  const auto window_rows = static_cast<int64_t>(most_window_rows(labels));
  int64_t left = max_rows == 0 ? INT64_MAX : max_rows;
  bool more = true;
  while (more && left > 0) {
    more = window.read(reader, static_cast<size_t>(std::min(left, window_rows)));
    left -= static_cast<int64_t>(window.inputs.size());
    try {
      classify_first(window.inputs.size());
    } catch (const InputError& error) {
      classify_first(error.index());
      reader.fail(window.lines[error.index()], error.problem());
    }
    if (window.failure) std::rethrow_exception(window.failure);
  }
}

void warm_up(const Classifier& classifier) {
  try {
    classifier.classify("warm up");
  } catch (const InputError&) {  // a tokenizer that makes no tokens of it
  }
}

bool is_finite(const Prediction& prediction) {
  return std::all_of(prediction.logits.begin(), prediction.logits.end(),
                     [](float value) { return std::isfinite(value); });
}

void TextTally::add(std::span<const Prediction> predictions) {
  for (const Prediction& prediction : predictions) {
    ++texts_;
    truncated_ += prediction.truncated ? 1 : 0;
    invalid_utf8_ += prediction.invalid_utf8 > 0 ? 1 : 0;
    not_finite_ += is_finite(prediction) ? 0 : 1;
  }
}

}  // namespace fbert
