#include "data/row_loop.h"

#include <algorithm>
#include <exception>
#include <iterator>
#include <utility>

#include "data/clock.h"

namespace fbert {
namespace {

using Predictions = std::vector<Prediction>;

class Pass {
 public:
  Pass(Reader& reader, const RowLoop& loop)
      : reader_(reader), loop_(loop), predictions_(loop.models.size()), seconds_(loop.models.size()) {}

  RowLoopResult run();

 private:
  bool read(size_t most_rows);
  void take_window();
  void find_gold();
  Predictions classify(const RowLoop::Model& model);
  void leave_out(size_t row, const std::string& problem);
  void leave_out(const RowError& error);
  void remove_bad_rows();
  std::optional<double> fraction() const;

  Reader& reader_;
  const RowLoop& loop_;
  RowLoopResult result_;
  size_t turn_ = 0;  // the model that begins with the next window

  RowWindow window_;
  std::vector<Gold> gold_;                // of the window, as all below
  std::vector<uint8_t> bad_;              // by row
  std::vector<Predictions> predictions_;  // by model
  std::vector<double> seconds_;           // likewise
};

void Pass::leave_out(const RowError& error) {
  ++result_.left_out;
  loop_.bad_row(error);
}

void Pass::leave_out(size_t row, const std::string& problem) {
  if (std::exchange(bad_[row], uint8_t{1}) != 0) return;
  try {
    reader_.fail(window_.lines[row], problem);
  } catch (const RowError& error) {
    if (!loop_.bad_row) throw;
    leave_out(error);
  }
}

bool Pass::read(size_t most_rows) {
  const Clock::time_point start = Clock::now();
  const auto bad_row = [&](const RowError& error) { leave_out(error); };
  const bool more = loop_.bad_row ? window_.read(reader_, most_rows, bad_row) : window_.read(reader_, most_rows);
  result_.reading_seconds += seconds_since(start);
  bad_.assign(window_.inputs.size(), 0);
  return more;
}

void Pass::find_gold() {
  if (!loop_.gold_of) return;
  gold_.assign(window_.inputs.size(), {});
  for (size_t row = 0; row < gold_.size(); ++row) {
    try {
      gold_[row] = loop_.gold_of(window_.labels[row]);
    } catch (const Error& error) {
      leave_out(row, error.what());
    }
  }
}

// Of all rows of the window; a row whose text the model does not take becomes bad, and its prediction is empty.
Predictions Pass::classify(const RowLoop::Model& model) {
  const std::span<const TextInput> inputs = window_.inputs;
  Predictions predictions;
  while (predictions.size() < inputs.size()) {
    const size_t begin = predictions.size();
    const auto append = [&](std::span<const TextInput> part) {
      Predictions found = model(part);
      std::move(found.begin(), found.end(), std::back_inserter(predictions));
    };
    try {
      append(inputs.subspan(begin));
    } catch (const InputError& error) {
      leave_out(begin + error.index(), error.problem());
      append(inputs.subspan(begin, error.index()));
      predictions.emplace_back();
    }
  }
  return predictions;
}

void Pass::remove_bad_rows() {
  size_t kept = 0;
  const auto keep = [&](auto& values, size_t row) {
    if (row < values.size()) std::swap(values[kept], values[row]);
  };
  for (size_t row = 0; row < bad_.size(); ++row) {
    if (bad_[row] != 0) continue;
    if (kept != row) {
      keep(window_.inputs, row);
      keep(window_.lines, row);
      keep(gold_, row);
      for (Predictions& predictions : predictions_) keep(predictions, row);
    }
    ++kept;
  }
  const auto shorten = [&](auto& values) { values.resize(std::min(values.size(), kept)); };
  shorten(window_.inputs);
  shorten(window_.lines);
  shorten(gold_);
  for (Predictions& predictions : predictions_) shorten(predictions);
  bad_.assign(kept, 0);
}

void Pass::take_window() {
  for (Predictions& predictions : predictions_) predictions.clear();
  find_gold();
  remove_bad_rows();
  for (size_t i = 0; i < loop_.models.size(); ++i) {
    const size_t model = (turn_ + i) % loop_.models.size();
    const Clock::time_point start = Clock::now();
    predictions_[model] = classify(loop_.models[model]);
    seconds_[model] = seconds_since(start);
  }
  ++turn_;
  const bool refused = std::find(bad_.begin(), bad_.end(), uint8_t{1}) != bad_.end();
  remove_bad_rows();
  if (window_.inputs.empty()) return;
  loop_.take({.inputs = window_.inputs,
              .lines = window_.lines,
              .gold = gold_,
              .predictions = predictions_,
              .seconds = seconds_,
              .refused = refused});
  result_.tally.add(predictions_.front());
}

std::optional<double> Pass::fraction() const {
  const std::optional<double> read = reader_.fraction();
  if (loop_.max_rows == 0) return read;
  return std::max(read.value_or(0), static_cast<double>(result_.tally.texts()) / static_cast<double>(loop_.max_rows));
}

RowLoopResult Pass::run() {
  const int64_t most = loop_.max_rows == 0 ? INT64_MAX : loop_.max_rows;
  size_t rows = std::min(loop_.first_window_rows, loop_.most_window_rows);
  for (bool more = true; more && result_.tally.texts() < most; rows = std::min(2 * rows, loop_.most_window_rows)) {
    more = read(static_cast<size_t>(std::min(most - result_.tally.texts(), static_cast<int64_t>(rows))));
    take_window();
    if (window_.failure) std::rethrow_exception(window_.failure);
    if (loop_.progress) loop_.progress(result_.tally.texts(), fraction());
  }
  return std::move(result_);
}

}  // namespace

RowLoopResult run_row_loop(Reader& reader, const RowLoop& loop) { return Pass(reader, loop).run(); }

}  // namespace fbert
