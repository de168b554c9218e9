#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "data/reader.h"
#include "fbert/classifier.h"

namespace fbert {

// Consecutive rows of a file, read in windows of bounded size, so that memory does not grow with the length of the
// file. Reading into the same window again keeps the memory of its strings.
struct RowWindow {
  std::vector<TextInput> inputs;
  std::vector<std::string> labels;  // as written in the file, empty strings where it has none
  std::vector<uint64_t> lines;
  std::exception_ptr failure;  // what the reader threw after these rows

  // Reads at most `max_rows` rows, fewer where they are long or come slowly. False at the end of the file or when
  // reading failed. Bad rows go to `bad_row`, where it is given, and are no failure then.
  bool read(Reader& reader, size_t max_rows, const std::function<void(const RowError&)>& bad_row = {});
};

// How many rows a window may have for a model of so many labels: each row has as many scores and logits.
size_t most_window_rows(size_t labels);

// Consecutive rows of a file with their predictions.
struct Rows {
  std::span<const TextInput> inputs;
  std::span<const std::string> labels;  // as written in the file, empty strings where it has none
  std::span<const uint64_t> lines;
  std::span<const Prediction> predictions;
};

// Classifies a file in windows of bounded size, so that memory does not grow with its length, and hands the rows on in
// order. A window ends early when rows come slowly. Stops after `max_rows` rows (0: none). A bad row throws with its
// line, after every row before it was handed on, wherever windows begin.
void classify_rows(Reader& reader, const Classifier& classifier, int64_t max_rows,
                   const std::function<void(const Rows&)>& take);

// Takes a text through the model: pages, threads and workspaces, so that the first rows do not pay for them.
void warm_up(const Classifier& classifier);

// Whether all that the model gave are numbers.
bool is_finite(const Prediction& prediction);

// Counts what happened to texts on their way into the model and out of it.
class TextTally {
 public:
  void add(std::span<const Prediction> predictions);
  int64_t texts() const { return texts_; }
  int64_t truncated() const { return truncated_; }
  int64_t invalid_utf8() const { return invalid_utf8_; }
  int64_t not_finite() const { return not_finite_; }  // texts with scores that are not

 private:
  int64_t texts_ = 0;
  int64_t truncated_ = 0;
  int64_t invalid_utf8_ = 0;
  int64_t not_finite_ = 0;
};

}  // namespace fbert
