#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "data/reader.h"
#include "data/rows.h"
#include "fbert/classifier.h"

namespace fbert {

// A row's gold label, or value of a regression model.
struct Gold {
  int32_t label = 0;
  double value = 0;
};

// Consecutive rows that all models took, with what these made of them.
struct ModelRows {
  std::span<const TextInput> inputs;                     // at least one
  std::span<const uint64_t> lines;                       // see Example::line
  std::span<const Gold> gold;                            // empty where rows are not labelled
  std::span<const std::vector<Prediction>> predictions;  // by model, by row
  std::span<const double> seconds;                       // by model: in it
  bool refused = false;  // a model did not take the text of a row that was left out: `seconds` has time of that row
};

// One pass of several models over the rows of a file, in windows: every model takes all rows of a window, and each
// begins in its turn. Memory does not grow with the rows.
struct RowLoop {
  using Model = std::function<std::vector<Prediction>(std::span<const TextInput>)>;

  std::vector<Model> models;  // Classifier::classify() and its like, which throw InputError
  // What a label means, as it is written in the file; throws kData for one that means nothing. None: rows are not
  // labelled.
  std::function<Gold(const std::string& label)> gold_of{};
  // Is given every row that is malformed, or has a label or a text that is not taken; such rows are left out. None: the
  // first of them is thrown.
  std::function<void(const RowError&)> bad_row{};
  std::function<void(const ModelRows&)> take;
  std::function<void(int64_t rows, std::optional<double> fraction)> progress{};  // behind every window
  int64_t max_rows = 0;                                                          // of good rows; 0: all
  // The first windows can be small, so that progress shows early and no model runs long before the others: each has
  // twice the rows of the one before.
  size_t first_window_rows = 1;
  size_t most_window_rows = 1;
};

struct RowLoopResult {
  TextTally tally;  // of the rows, by what the first model says of them
  int64_t left_out = 0;
  double reading_seconds = 0;
};

// Throws what the reader and the models throw, and a bad row unless `bad_row` takes it.
RowLoopResult run_row_loop(Reader& reader, const RowLoop& loop);

}  // namespace fbert
