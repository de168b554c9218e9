#include "cli/prediction_writer.h"

#include <algorithm>
#include <iterator>
#include <string_view>

#include <fmt/format.h>

#include "data/format.h"
#include "data/text_util.h"
#include "loader/utf8.h"

namespace fbert {

namespace {

constexpr size_t kShownText = 72;   // code points of a text in the table
constexpr size_t kNumberWidth = 8;  // "-12.3456"
constexpr std::string_view kGap = "  ";

void append_padded(std::string& out, std::string_view text, size_t width) {
  out += text;
  out.append(width - std::min(width, count_characters(text)), ' ');
}

// The text as a terminal may show it, on one line and cut to `kShownText` characters.
void append_shown(std::string& out, std::string_view text) {
  size_t end = 0;
  for (size_t shown = 0; end < text.size() && shown < kShownText; ++shown) {
    end += std::max<size_t>(utf8_at(text, end).length, 1);
  }
  append_terminal_text(out, text.substr(0, end));
  if (end < text.size()) out += "...";
}

}  // namespace

PredictionWriter::PredictionWriter(const ModelConfig& config, PredictionFormat format, bool all_scores, bool logits)
    : format_(format),
      all_scores_(all_scores),
      logits_(logits),
      labels_(config.labels()),
      label_width_(count_characters("label")) {
  for (const std::string& label : labels_) {
    terminal_.push_back(terminal_text(label));
    const size_t width = count_characters(terminal_.back());
    widths_.push_back(std::max(width, kNumberWidth));
    label_width_ = std::max(label_width_, width);
  }
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
  append_padded(out, "label", label_width_);
  out += kGap;
  append_padded(out, "score", kNumberWidth);
  for (const bool wanted : {all_scores_, logits_}) {
    for (size_t id = 0; wanted && id < labels_.size(); ++id) {
      out += kGap;
      append_padded(out, terminal_[id], widths_[id]);
    }
  }
  out += "  text\n";
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

void PredictionWriter::append_csv(std::string& out, const Prediction& prediction) const {
  append_csv_field(out, labels_[static_cast<size_t>(prediction.label)]);
  fmt::format_to(std::back_inserter(out), ",{:.9g},{},{}", prediction.score, prediction.tokens, prediction.truncated);
  for (const std::vector<float>* values : {&prediction.scores, &prediction.logits}) {
    if (!(values == &prediction.scores ? all_scores_ : logits_)) continue;
    for (const float value : *values) fmt::format_to(std::back_inserter(out), ",{:.9g}", value);
  }
  out += '\n';
}

void PredictionWriter::append_table(std::string& out, const TextInput& input, const Prediction& prediction) const {
  append_padded(out, terminal_[static_cast<size_t>(prediction.label)], label_width_);
  out += kGap;
  append_padded(out, fmt::format("{:.4f}", prediction.score), kNumberWidth);
  for (const std::vector<float>* values : {&prediction.scores, &prediction.logits}) {
    if (!(values == &prediction.scores ? all_scores_ : logits_)) continue;
    for (size_t id = 0; id < labels_.size(); ++id) {
      out += kGap;
      append_padded(out, fmt::format("{:.4f}", (*values)[id]), widths_[id]);
    }
  }
  out += kGap;
  append_shown(out, input.text);
  if (input.has_pair) {
    out += " | ";
    append_shown(out, input.pair);
  }
  if (prediction.truncated) out += fmt::format(" (truncated to {} tokens)", prediction.tokens);
  out += '\n';
}

}  // namespace fbert
