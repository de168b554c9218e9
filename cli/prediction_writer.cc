#include "cli/prediction_writer.h"

#include <algorithm>
#include <iterator>
#include <string_view>

#include <fmt/format.h>

#include "data/format.h"

namespace fbert {

namespace {

constexpr size_t kNumberWidth = 8;  // "-12.3456"
constexpr size_t kLeastTexts = 16;  // columns that make texts worth reading beside the rest
constexpr std::string_view kGap = "  ";
constexpr std::string_view kBetween = " | ";  // the two texts of a pair

std::string fitted(std::string_view text, size_t room) {
  return room == kUnlimited ? terminal_text(text) : cut_to_width(text, room);
}

std::string decimals(float value) { return fmt::format("{:.4f}", value); }

}  // namespace

PredictionWriter::PredictionWriter(const ModelConfig& config, PredictionFormat format, const PredictionColumns& columns)
    : format_(format),
      all_scores_(columns.all_scores),
      logits_(columns.logits),
      terminal_columns_(columns.terminal),
      labels_(config.labels()) {
  for (const std::string& label : labels_) terminal_.push_back(terminal_text(label));
  lay_out();
}

// As many columns on a line as fit; the others go on below, a little to the right.
void PredictionWriter::lay_out() {
  size_t label_width = std::string_view("label").size();
  for (const std::string& label : terminal_) label_width = std::max(label_width, display_width(label));
  cells_ = {{label_width}, {kNumberWidth}};
  for (const bool wanted : {all_scores_, logits_}) {
    for (size_t id = 0; wanted && id < labels_.size(); ++id) {
      cells_.push_back({std::max(display_width(terminal_[id]), kNumberWidth)});
    }
  }
  if (terminal_columns_ == kUnlimited) return;
  indent_ = terminal_columns_ < kLeastTexts ? 0 : kGap.size();
  const size_t line = terminal_columns_ - indent_;
  size_t used = 0;
  for (Cell& cell : cells_) {
    cell.width = std::min(cell.width, line);
    const size_t gap = used == 0 ? 0 : kGap.size();
    cell.begins_line = used > 0 && used + gap + cell.width > terminal_columns_;
    used = cell.begins_line ? indent_ + cell.width : used + gap + cell.width;
  }
  texts_begin_line_ = used + kGap.size() + kLeastTexts > terminal_columns_;
  room_ = texts_begin_line_ ? line : terminal_columns_ - used - kGap.size();
}

void PredictionWriter::append_cell(std::string& out, size_t column, const std::string& cell) const {
  const Cell& place = cells_[column];
  if (column > 0) begin_cell(out, place.begins_line);
  const std::string shown = terminal_columns_ == kUnlimited ? cell : cut_middle_to_width(cell, place.width);
  out += shown;
  out.append(place.width - std::min(place.width, display_width(shown)), ' ');
}

void PredictionWriter::append_header(std::string& out) const {
  if (format_ == PredictionFormat::kJsonl) return;
  if (format_ == PredictionFormat::kCsv) {
    out += "label,score,tokens,truncated";
    for (const std::string& label : labels_) {
      if (all_scores_) out += ',' + csv_field("score_" + label);
    }
    for (const std::string& label : labels_) {
      if (logits_) out += ',' + csv_field("logit_" + label);
    }
    out += '\n';
    return;
  }
  size_t column = 0;
  append_cell(out, column++, "label");
  append_cell(out, column++, "score");
  for (const bool wanted : {all_scores_, logits_}) {
    for (size_t id = 0; wanted && id < labels_.size(); ++id) append_cell(out, column++, terminal_[id]);
  }
  begin_cell(out, texts_begin_line_);
  out += fitted("text", room_) + '\n';
}

void PredictionWriter::append(std::string& out, const TextInput& input, const Prediction& prediction) const {
  switch (format_) {
    case PredictionFormat::kJsonl:
      return append_jsonl(out, prediction);
    case PredictionFormat::kCsv:
      return append_csv(out, prediction);
    case PredictionFormat::kTable:
      return append_table(out, input, prediction);
  }
}

void PredictionWriter::append_jsonl(std::string& out, const Prediction& prediction) const {
  out += "{\"label\": ";
  append_json_string(out, labels_[static_cast<size_t>(prediction.label)]);
  out += ", \"score\": ";
  append_json_number(out, prediction.score);
  fmt::format_to(std::back_inserter(out), ", \"tokens\": {}, \"truncated\": {}", prediction.tokens,
                 prediction.truncated);
  if (all_scores_) {
    out += ", \"scores\": {";
    for (size_t id = 0; id < labels_.size(); ++id) {
      if (id > 0) out += ", ";
      append_json_string(out, labels_[id]);
      out += ": ";
      append_json_number(out, prediction.scores[id]);
    }
    out += '}';
  }
  if (logits_) {
    out += ", \"logits\": [";
    for (size_t id = 0; id < labels_.size(); ++id) {
      if (id > 0) out += ", ";
      append_json_number(out, prediction.logits[id]);
    }
    out += ']';
  }
  out += "}\n";
}

std::vector<const std::vector<float>*> PredictionWriter::shown_values(const Prediction& prediction) const {
  std::vector<const std::vector<float>*> shown;
  if (all_scores_) shown.push_back(&prediction.scores);
  if (logits_) shown.push_back(&prediction.logits);
  return shown;
}

void PredictionWriter::append_csv(std::string& out, const Prediction& prediction) const {
  append_csv_field(out, labels_[static_cast<size_t>(prediction.label)]);
  fmt::format_to(std::back_inserter(out), ",{:.9g},{},{}", prediction.score, prediction.tokens, prediction.truncated);
  for (const std::vector<float>* values : shown_values(prediction)) {
    for (const float value : *values) fmt::format_to(std::back_inserter(out), ",{:.9g}", value);
  }
  out += '\n';
}

void PredictionWriter::append_table(std::string& out, const TextInput& input, const Prediction& prediction) const {
  size_t column = 0;
  append_cell(out, column++, terminal_[static_cast<size_t>(prediction.label)]);
  append_cell(out, column++, decimals(prediction.score));
  for (const std::vector<float>* values : shown_values(prediction)) {
    for (const float value : *values) append_cell(out, column++, decimals(value));
  }
  begin_cell(out, texts_begin_line_);
  append_texts(out, input, prediction);
  out += '\n';
}

void PredictionWriter::begin_cell(std::string& out, bool begins_line) const {
  if (begins_line) out.erase(out.find_last_not_of(' ') + 1).append("\n");
  out.append(begins_line ? indent_ : kGap.size(), ' ');
}

// Both texts of a pair are cut to the same width, unless one of them needs less.
void PredictionWriter::append_texts(std::string& out, const TextInput& input, const Prediction& prediction) const {
  std::string end = prediction.truncated ? fmt::format(" (truncated to {} tokens)", prediction.tokens) : "";
  if (end.size() + kLeastTexts > room_) end.clear();  // standard error counts such texts
  const size_t room = room_ == kUnlimited ? room_ : room_ - end.size();
  if (!input.has_pair) {
    out += fitted(input.text, room) + end;
    return;
  }
  const size_t both = room == kUnlimited ? room : room - std::min(room, kBetween.size());
  const std::string pair = fitted(input.pair, both);
  const size_t half = std::max(both / 2, both - std::min(both, display_width(pair)));
  const std::string first = fitted(input.text, room == kUnlimited ? room : half);
  const std::string second = room == kUnlimited ? pair : fitted(input.pair, both - display_width(first));
  out += first + std::string(kBetween.substr(0, room)) + second + end;
}

}  // namespace fbert
