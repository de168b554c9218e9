#include "data/labels.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <optional>
#include <utility>

#include "data/text_util.h"
#include "fbert/error.h"

namespace fbert {
namespace {

// Data sets with two labels write the ids 0 and 1 as truth values too (JSON, pandas).
std::optional<double> label_number(std::string_view text) {
  if (equal_ignoring_case(text, "false")) return 0;
  if (equal_ignoring_case(text, "true")) return 1;
  return parse_number(text);
}

// The one index that fits; -1 for none, -1 for several.
template <typename Fits>
int32_t only_index(size_t count, Fits fits) {
  int32_t found = -1;
  for (size_t i = 0; i < count; ++i) {
    if (!fits(i)) continue;
    if (found >= 0) return -1;
    found = static_cast<int32_t>(i);
  }
  return found;
}

std::string listed(const std::vector<std::string>& labels) {
  constexpr size_t kMost = 20;
  std::string known;
  for (size_t i = 0; i < std::min(labels.size(), kMost); ++i) {
    known += fmt::format("{}{} {}", i == 0 ? "" : ", ", i, escaped(labels[i], 40));
  }
  if (labels.size() > kMost) known += fmt::format(" and {} more", labels.size() - kMost);
  return known;
}

std::string unknown_label(std::string_view value, const std::vector<std::string>& labels) {
  return fmt::format("label {} is none of the model's: {}", escaped(value, 80), listed(labels));
}

// Throws kData for labels that the names in a file could not tell apart.
void check_told_apart(const std::vector<std::string>& labels) {
  std::map<std::string_view, size_t> ids;
  for (size_t i = 0; i < labels.size(); ++i) {
    const auto [other, is_new] = ids.emplace(labels[i], i);
    if (is_new) continue;
    throw Error(ErrorCode::kData, fmt::format("the model has one name, {}, for its labels {} and {}: rows cannot be "
                                              "compared with it",
                                              escaped(labels[i], 40), other->second, i));
  }
}

// Throws kUsage when stripping made two labels of the model the same.
void check_different(const std::vector<std::string>& labels, const std::vector<std::string>& names) {
  if (labels == names) return;
  for (size_t i = 0; i < names.size(); ++i) {
    const auto other = std::find(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(i), names[i]);
    if (other == names.begin() + static_cast<std::ptrdiff_t>(i)) continue;
    throw OptionError(
        ErrorCode::kUsage, "", "strip_numeric_prefix",
        fmt::format(": {} and {} of the model become the same name",
                    escaped(labels[static_cast<size_t>(other - names.begin())], 40), escaped(labels[i], 40)));
  }
}

}  // namespace

LabelMap::LabelMap(std::vector<std::string> labels, const LabelOptions& options)
    : labels_(std::move(labels)),
      strip_numeric_prefix_(options.strip_numeric_prefix),
      other_names_(options.other_names) {
  check_told_apart(labels_);
  for (const std::string& label : labels_) names_.emplace_back(stripped(label));
  check_different(labels_, names_);
  for (const std::string& label : names_) {
    numeric_names_.push_back(parse_number(trimmed(label)).value_or(std::numeric_limits<double>::quiet_NaN()));
  }
  const auto is_nan = [](double value) { return std::isnan(value); };
  if (std::all_of(numeric_names_.begin(), numeric_names_.end(), is_nan)) numeric_names_.clear();
  set_numbering(options.numbering);
  for (const auto& [gold, label] : options.renames) {
    const int32_t id = find_label(label);
    if (id < 0) throw OptionError(ErrorCode::kUsage, "", "renames", ": " + unknown_label(label, labels_));
    renames_.emplace_back(gold, id);
  }
}

void LabelMap::set_numbering(const std::vector<std::string>& names) {
  std::vector<int32_t> ids;
  for (const std::string& name : names) {
    ids.push_back(only_index(names_.size(), [&](size_t i) { return equal_ignoring_case(trimmed(names_[i]), name); }));
  }
  if (std::find(ids.begin(), ids.end(), -1) != ids.end()) {
    if (names.size() != names_.size()) {
      throw Error(ErrorCode::kUsage, fmt::format("the task has the {} labels {}, the model has {}: {}", names.size(),
                                                 listed(names), names_.size(), listed(labels_)));
    }
    std::iota(ids.begin(), ids.end(), 0);
  }
  for (size_t number = 0; number < names.size(); ++number) numbering_.emplace_back(names[number], ids[number]);
}

std::string_view LabelMap::stripped(std::string_view name) const {
  if (!strip_numeric_prefix_) return name;
  const std::string_view text = trimmed(name);
  const size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const size_t rest = std::min(text.find_first_not_of("_-.: ", digits), text.size());
  return digits > 0 && rest > digits && rest < text.size() ? text.substr(rest) : name;
}

int32_t LabelMap::find(std::string_view value) const {
  const std::string_view gold = trimmed(value);
  for (const auto& [from, id] : renames_) {
    if (equal_ignoring_case(from, gold)) return id;
  }
  std::string_view name = trimmed(stripped(gold));
  for (const auto& [other, known] : other_names_) {
    if (equal_ignoring_case(other, name)) name = known;
  }
  const std::optional<double> number = numbering_.empty() ? std::nullopt : label_number(name);
  for (size_t i = 0; i < numbering_.size(); ++i) {
    if (equal_ignoring_case(numbering_[i].first, name) || number == static_cast<double>(i)) return numbering_[i].second;
  }
  return find_label(stripped(value));
}

int32_t LabelMap::find_label(std::string_view value) const {
  const auto exact = std::find(names_.begin(), names_.end(), value);
  if (exact != names_.end()) return static_cast<int32_t>(exact - names_.begin());

  const std::string_view name = trimmed(value);
  const auto similar = [&](size_t i) { return equal_ignoring_case(trimmed(names_[i]), name); };
  if (const int32_t found = only_index(names_.size(), similar); found >= 0) return found;

  const std::optional<double> number = label_number(name);
  if (!number) return -1;
  if (!numeric_names_.empty()) {
    return only_index(labels_.size(), [&](size_t i) { return numeric_names_[i] == *number; });
  }
  const bool is_id = *number >= 0 && *number < static_cast<double>(labels_.size()) && std::trunc(*number) == *number;
  return is_id ? static_cast<int32_t>(*number) : -1;
}

int32_t LabelMap::id_of(std::string_view value) const {
  const int32_t found = find(value);
  if (found >= 0) return found;
  throw Error(ErrorCode::kData, unknown_label(value, labels_));
}

double parse_gold_value(std::string_view value) {
  if (const std::optional<double> number = parse_number(trimmed(value))) return *number;
  throw Error(ErrorCode::kData,
              fmt::format("expected a finite number as the gold value, found {}", escaped(value, 80)));
}

}  // namespace fbert
