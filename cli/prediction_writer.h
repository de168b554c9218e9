#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "cli/report/terminal.h"
#include "fbert/classifier.h"
#include "fbert/config.h"

namespace fbert {

// The output forms of `fbert run` (docs/output-formats.md).
enum class PredictionFormat { kTable, kJsonl, kCsv };

struct PredictionColumns {
  bool all_scores = false;
  bool logits = false;
  // Of the terminal that a table is for. What does not fit goes on below, texts are cut; nothing is cut without one.
  size_t terminal = kUnlimited;
};

// Writes predictions as lines of text. Every line is appended whole.
class PredictionWriter {
 public:
  PredictionWriter(const ModelConfig& config, PredictionFormat format, const PredictionColumns& columns);

  // The names of the columns; nothing for JSONL.
  void append_header(std::string& out) const;
  void append(std::string& out, const TextInput& input, const Prediction& prediction) const;

 private:
  void append_jsonl(std::string& out, const Prediction& prediction) const;
  void append_csv(std::string& out, const Prediction& prediction) const;
  void append_table(std::string& out, const TextInput& input, const Prediction& prediction) const;
  void lay_out();
  void append_cell(std::string& out, size_t column, const std::string& cell) const;
  void begin_cell(std::string& out, bool begins_line) const;
  void append_texts(std::string& out, const TextInput& input, const Prediction& prediction) const;
  std::vector<const std::vector<float>*> shown_values(const Prediction& prediction) const;

  // A column of the table: how wide it is, and whether it begins a line.
  struct Cell {
    size_t width = 0;
    bool begins_line = false;
  };

  PredictionFormat format_;
  bool all_scores_;
  bool logits_;
  size_t terminal_columns_;
  std::vector<std::string> labels_;    // by id
  std::vector<std::string> terminal_;  // the same as a terminal may show them
  std::vector<Cell> cells_;            // of the table, without the texts
  bool texts_begin_line_ = false;
  size_t indent_ = 0;         // of lines that go on below
  size_t room_ = kUnlimited;  // for the texts
};

}  // namespace fbert
