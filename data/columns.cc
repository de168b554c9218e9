#include "data/columns.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <string_view>

#include "data/text_util.h"
#include "fbert/error.h"

namespace fbert {
namespace {

struct TextNames {
  std::string_view text;
  std::string_view pair;       // "": a single text
  bool pair_required = false;  // the name of the text alone does not say enough
};

// In order of precedence: the names of GLUE, of Hugging Face's data sets and of the original MRPC.
constexpr std::array kTextNames = {
    TextNames{"text", "text_pair", false},     TextNames{"sentence1", "sentence2", false},
    TextNames{"question1", "question2", true}, TextNames{"premise", "hypothesis", true},
    TextNames{"premise", "hypo", true},        TextNames{"question", "sentence", true},
    TextNames{"#1 String", "#2 String", true}, TextNames{"sentence", "", false},
};
constexpr std::array<std::string_view, 9> kLabelNames = {
    "label", "labels", "label_name", "gold_label", "Quality", "is_duplicate", "score", "sentiment", "similarity"};

using ColumnNames = std::span<const std::string>;
using ColumnIndex = std::optional<size_t>;

constexpr const char* kTextHint = "text, sentence, sentence1, ...";
constexpr const char* kLabelHint = "label, labels, gold_label, ...";

ColumnIndex find_name(ColumnNames names, std::string_view wanted) {
  if (wanted.empty()) return {};
  auto found = std::find(names.begin(), names.end(), wanted);
  if (found == names.end()) {
    found =
        std::find_if(names.begin(), names.end(), [&](const std::string& n) { return equal_ignoring_case(n, wanted); });
  }
  if (found == names.end()) return {};
  return static_cast<size_t>(found - names.begin());
}

bool is_number(std::string_view option) {
  return !option.empty() && option.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_name(std::string_view option) { return !option.empty() && !is_number(option); }

std::string listed(ColumnNames names) {
  constexpr size_t kMost = 20;
  std::string out;
  for (size_t i = 0; i < std::min(names.size(), kMost); ++i) {
    out += fmt::format("{}{}", i == 0 ? "" : ", ", escaped(names[i], 40));
  }
  if (names.size() > kMost) out += fmt::format(" and {} more", names.size() - kMost);
  return out;
}

struct Texts {
  ColumnIndex text;
  ColumnIndex pair;
  bool pair_optional = false;
};

Texts find_texts(ColumnNames names) {
  for (const TextNames& known : kTextNames) {
    const ColumnIndex text = find_name(names, known.text);
    const ColumnIndex pair = find_name(names, known.pair);
    if (text && (pair || !known.pair_required)) return {text, pair, known.text == "text"};
  }
  return {};
}

// The first text where the name of the second one is given.
ColumnIndex find_first_text(ColumnNames names) {
  for (const TextNames& known : kTextNames) {
    if (const ColumnIndex text = find_name(names, known.text)) return text;
  }
  return {};
}

ColumnIndex find_label(ColumnNames names) {
  for (const std::string_view known : kLabelNames) {
    if (const ColumnIndex label = find_name(names, known)) return label;
  }
  return {};
}

bool has_known_name(ColumnNames record) {
  const auto known = [&](std::string_view name) { return find_name(record, name).has_value(); };
  return std::any_of(kTextNames.begin(), kTextNames.end(),
                     [&](const TextNames& n) { return known(n.text) || known(n.pair); }) ||
         std::any_of(kLabelNames.begin(), kLabelNames.end(), known);
}

// ColumnNames, positions and messages of one CSV or TSV file.
struct FirstRecord {
  ColumnNames first_record;
  bool has_header;
  const std::string& source;

  ColumnNames names() const { return has_header ? first_record : ColumnNames{}; }

  size_t column(const std::string& option) const {
    if (const ColumnIndex found = find_name(names(), option)) return *found;
    if (!is_number(option)) {
      if (!has_header) {
        throw Error(ErrorCode::kUsage, fmt::format("{}: column {} is a name, but the file is read without a header",
                                                   source, escaped(option)));
      }
      fail(fmt::format("no column {}", escaped(option)));
    }
    size_t position = 0;
    const auto parsed = std::from_chars(option.data(), option.data() + option.size(), position);
    if (position == 0 && parsed.ec == std::errc())
      throw Error(ErrorCode::kUsage, "columns are counted from 1, not from 0");
    if (parsed.ec != std::errc() || position > first_record.size()) fail(fmt::format("no column {}", option));
    return position - 1;
  }

  [[noreturn]] void fail(const std::string& problem) const {
    const std::string columns = has_header ? fmt::format("the header has {}", listed(first_record))
                                           : fmt::format("no header, {} columns, the first row is {}",
                                                         first_record.size(), listed(first_record));
    throw Error(ErrorCode::kData, fmt::format("{}: {}; {}", source, problem, columns));
  }
};

// From 0; none for what is no number, and for a number that is too large.
ColumnIndex position_of(std::string_view option) {
  size_t position = 0;
  const auto parsed = std::from_chars(option.data(), option.data() + option.size(), position);
  return is_number(option) && parsed.ec == std::errc() && position > 0 ? ColumnIndex(position - 1) : ColumnIndex();
}

}  // namespace

bool names_columns(ColumnNames first_record, const ColumnOptions& options) {
  bool named = false;
  for (const std::string& option : {options.text, options.pair, options.label}) {
    if (option.empty()) continue;
    const bool is_there = find_name(first_record, option).has_value();
    named = named || is_there;
    if (!is_there && position_of(option).value_or(SIZE_MAX) >= first_record.size()) return false;
  }
  if (options.text.empty() && !find_texts(first_record).text) return false;
  if (options.label.empty() && options.label_required && !find_label(first_record)) return false;
  return named || has_known_name(first_record);
}

Columns find_columns(ColumnNames first_record, const ColumnOptions& given, const std::string& source) {
  const bool named = is_name(given.text) || is_name(given.pair) || is_name(given.label);
  const bool has_header =
      given.header == Header::kAuto ? named || has_known_name(first_record) : given.header == Header::kPresent;
  const FirstRecord table{first_record, has_header, source};
  ColumnOptions options = given;
  if (!has_header && given.text.empty() && given.pair.empty() && given.label.empty()) {
    options.text = given.without_header.text;
    options.pair = given.without_header.pair;
    options.label = given.without_header.label;
  }

  Columns columns;
  columns.has_header = has_header;
  if (!options.pair.empty()) columns.pair = table.column(options.pair);
  if (!options.text.empty()) {
    columns.text = table.column(options.text);
  } else {
    const Texts found = columns.pair ? Texts{find_first_text(table.names()), columns.pair} : find_texts(table.names());
    const bool only_one = first_record.size() == 1;
    if (!found.text && !only_one) table.fail(fmt::format("no column for the text (known names: {})", kTextHint));
    columns.text = found.text.value_or(0);
    columns.pair = found.pair;
  }
  if (!options.label.empty()) {
    columns.label = table.column(options.label);
  } else if (options.label_required) {
    columns.label = find_label(table.names());
    if (!columns.label) table.fail(fmt::format("no column for the label (known names: {})", kLabelHint));
  }
  return columns;
}

Keys find_keys(ColumnNames names, const ColumnOptions& options, const std::string& source) {
  const auto key_at = [&](ColumnIndex position) { return position ? names[*position] : std::string(); };
  const auto fail = [&](const char* what, const char* hint) {
    throw Error(ErrorCode::kData, fmt::format("{}: no key for the {} (known names: {}); the first object has {}",
                                              source, what, hint, names.empty() ? "none" : listed(names)));
  };

  Keys keys{options.text, options.pair, options.label, false};
  if (keys.text.empty()) {
    const Texts found = keys.pair.empty() ? find_texts(names) : Texts{find_first_text(names), {}};
    if (!found.text) fail("text", kTextHint);
    keys.text = key_at(found.text);
    if (keys.pair.empty()) {
      keys.pair_optional = found.pair_optional;
      keys.pair = found.pair_optional && !found.pair ? "text_pair" : key_at(found.pair);
    }
  }
  if (keys.label.empty() && options.label_required) {
    keys.label = key_at(find_label(names));
    if (keys.label.empty()) fail("label", kLabelHint);
  }
  return keys;
}

}  // namespace fbert
