#include "cli/labels.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "cli/text_util.h"
#include "loader/error.h"

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

}  // namespace

LabelMap::LabelMap(std::vector<std::string> labels) : labels_(std::move(labels)) {
  for (const std::string& label : labels_) {
    numeric_names_.push_back(parse_number(trimmed(label)).value_or(std::numeric_limits<double>::quiet_NaN()));
  }
  const auto is_nan = [](double value) { return std::isnan(value); };
  if (std::all_of(numeric_names_.begin(), numeric_names_.end(), is_nan)) numeric_names_.clear();
}

int32_t LabelMap::find(std::string_view value) const {
  const auto exact = std::find(labels_.begin(), labels_.end(), value);
  if (exact != labels_.end()) return static_cast<int32_t>(exact - labels_.begin());

  const std::string_view name = trimmed(value);
  const auto similar = [&](size_t i) { return equal_ignoring_case(trimmed(labels_[i]), name); };
  if (const int32_t found = only_index(labels_.size(), similar); found >= 0) return found;

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
  constexpr size_t kMost = 20;
  std::string known;
  for (size_t i = 0; i < std::min(labels_.size(), kMost); ++i) {
    known += fmt::format("{}{} {}", i == 0 ? "" : ", ", i, escaped(labels_[i], 40));
  }
  if (labels_.size() > kMost) known += fmt::format(" and {} more", labels_.size() - kMost);
  throw Error(ErrorCode::kData, fmt::format("label {} is none of the model's: {}", escaped(value, 80), known));
}

double parse_gold_value(std::string_view value) {
  if (const std::optional<double> number = parse_number(trimmed(value))) return *number;
  throw Error(ErrorCode::kData,
              fmt::format("expected a finite number as the gold value, found {}", escaped(value, 80)));
}

}  // namespace fbert
