#pragma once

#include <string>
#include <vector>

#include "fbert/classifier.h"
#include "fbert/config.h"

namespace fbert {

// The output forms of `fbert run` (docs/output-formats.md).
enum class PredictionFormat { kTable, kJsonl, kCsv };

// Writes predictions as lines of text. Every line is appended whole.
class PredictionWriter {
 public:
  PredictionWriter(const ModelConfig& config, PredictionFormat format, bool all_scores, bool logits);

  // The names of the columns; nothing for JSONL.
  void append_header(std::string& out) const;
  void append(std::string& out, const TextInput& input, const Prediction& prediction) const;

 private:
  void append_jsonl(std::string& out, const Prediction& prediction) const;
  void append_csv(std::string& out, const Prediction& prediction) const;
  void append_table(std::string& out, const TextInput& input, const Prediction& prediction) const;

  PredictionFormat format_;
  bool all_scores_;
  bool logits_;
  std::vector<std::string> labels_;    // by id
  std::vector<std::string> terminal_;  // the same as a terminal may show them
  std::vector<size_t> widths_;         // of the table's columns for scores and logits, by label id
  size_t label_width_;                 // of the table's first column
};

}  // namespace fbert
