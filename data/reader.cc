#include "data/reader.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "data/delimiter.h"
#include "data/text_util.h"
#include "fbert/error.h"

namespace fbert {
namespace {

constexpr std::array<std::pair<Format, const char*>, 5> kFormatNames = {{{Format::kLines, "lines"},
                                                                         {Format::kCsv, "csv"},
                                                                         {Format::kTsv, "tsv"},
                                                                         {Format::kJsonl, "jsonl"},
                                                                         {Format::kJson, "json"}}};

template <typename... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};
template <typename... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

std::vector<std::string> keys_of(const Json& object) {
  std::vector<std::string> keys;
  for (const auto& item : object.items()) keys.push_back(item.key());
  return keys;
}

// As it was asked for, as the file's own first line says, or as its header shows.
char delimiter_of(Input& input, TableStart table, const ReaderOptions& options) {
  table.head = input.head();
  const std::optional<char> named = named_delimiter(table.head);
  if (named) input.skip_line();
  if (options.delimiter != '\0') return options.delimiter;
  if (named) return *named;
  const std::optional<char> found = delimiter_of_header(table, options.columns, input.name());
  if (found) return *found;
  constexpr size_t kLines = 2;  // that a pipe has to give
  table.head = input.head(kLines);
  table.is_all = input.head_is_all();
  check_delimiter(table, input.name());
  return table.usual;
}

// A label as a CSV file would spell it.
std::string label_text(const Json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

}  // namespace

Format parse_format(std::string_view name) {
  for (const auto& [format, known] : kFormatNames) {
    if (name == known && format != Format::kJson) return format;
  }
  throw Error(ErrorCode::kUsage, fmt::format("unknown format {}; known: lines, csv, tsv, jsonl", escaped(name)));
}

const char* to_string(Format format) {
  for (const auto& [known, name] : kFormatNames) {
    if (format == known) return name;
  }
  return "?";
}

Format format_of_path(std::string_view path) {
  constexpr std::string_view kGzip = ".gz";
  if (path.size() > kGzip.size() && equal_ignoring_case(path.substr(path.size() - kGzip.size()), kGzip)) {
    path.remove_suffix(kGzip.size());
  }
  const size_t dot = path.rfind('.');
  if (dot == std::string_view::npos) return Format::kLines;
  const std::string_view extension = path.substr(dot + 1);
  if (equal_ignoring_case(extension, "csv")) return Format::kCsv;
  if (equal_ignoring_case(extension, "tsv")) return Format::kTsv;
  for (const char* json : {"jsonl", "ndjson", "json"}) {
    if (equal_ignoring_case(extension, json)) return Format::kJsonl;
  }
  return Format::kLines;
}

Reader Reader::open(const std::string& path, const ReaderOptions& options) {
  return from_input(Input::open(path, options.chunk_bytes), options.format.value_or(format_of_path(path)), options);
}

Reader::Source Reader::source_of(Input input, Format format, const ReaderOptions& options) {
  switch (format) {
    case Format::kCsv: {
      const char delimiter = delimiter_of(input, {.usual = ',', .quotes = true}, options);
      return CsvReader(std::move(input), delimiter);
    }
    case Format::kTsv: {
      const char delimiter = delimiter_of(input, {.usual = '\t', .quotes = false}, options);
      return TsvReader(std::move(input), delimiter);
    }
    case Format::kJsonl:
      if (begins_json_array(input.head())) return JsonItemReader(std::move(input));
      return JsonlReader(std::move(input));
    case Format::kJson:
      return JsonArrayReader(std::move(input), options.json_key);
    case Format::kLines:
      break;
  }
  return LineReader(std::move(input));
}

Reader Reader::from_input(Input input, Format format, const ReaderOptions& options) {
  if (options.tabs_mean_tsv && format == Format::kCsv && options.delimiter == '\0') {
    const std::string_view head = input.head();
    if (head.substr(0, head.find('\n')).find('\t') != std::string_view::npos) format = Format::kTsv;
  }
  const bool is_table_of_lines = format == Format::kLines && looks_like_header(input.head());
  Reader reader(source_of(std::move(input), format, options));
  if (is_table_of_lines)
    reader.note_ = reader.name() +
                   ": every line is taken as a text, also the first, which looks "
                   "like the header of a table";
  reader.start(options.columns);
  return reader;
}

void Reader::start(const ColumnOptions& options) {
  const auto start_table = [&](auto& table) {
    if (!table.next(record_)) return;
    columns_ = find_columns(record_.fields, options, name());
    pending_ = !columns_.has_header;
    if (options.header != Header::kAuto) return;
    note_ = fmt::format("{}: the first row is taken as {}", name(),
                        columns_.has_header ? "the names of the columns" : "data, not as the names of columns");
  };
  std::visit(Overloaded{[](LineReader&) {}, [&](CsvReader& csv) { start_table(csv); },
                        [&](TsvReader& tsv) { start_table(tsv); },
                        [&](auto& objects) {
                          if (!objects.next(object_)) return;
                          keys_ = find_keys(keys_of(object_), options, name());
                          pending_ = true;
                        }},
             source_);
}

bool Reader::next(Example& example) {
  const auto next_of_table = [&](auto& table) {
    if (!std::exchange(pending_, false) && !table.next(record_)) return false;
    set_fields(example);
    return true;
  };
  const auto next_object = [&](auto& objects) {
    if (!std::exchange(pending_, false) && !objects.next(object_)) return false;
    set_keys(example, objects.line());
    return true;
  };
  return std::visit(
      Overloaded{[&](LineReader& lines) {
                   std::string_view line;
                   if (!lines.next(line)) return false;
                   example.input.text.assign(line);
                   example.line = lines.line();
                   return true;
                 },
                 [&](CsvReader& csv) { return next_of_table(csv); }, [&](TsvReader& tsv) { return next_of_table(tsv); },
                 [&](JsonlReader& jsonl) { return next_object(jsonl); },
                 [&](JsonItemReader& items) { return next_object(items); },
                 [&](JsonArrayReader& array) {
                   if (!std::exchange(pending_, false) && !array.next(object_)) return false;
                   set_keys(example, array.entry());
                   return true;
                 }},
      source_);
}

void Reader::set_fields(Example& example) {
  const auto field = [&](size_t column) -> const std::string& {
    if (column < record_.fields.size()) return record_.fields[column];
    uint64_t end = record_.fields.size();  // the delimiters, and one behind the last character
    for (const std::string& text : record_.fields) end += count_characters(text);
    fail_at(name(), {record_.line, end},
            fmt::format("expected at least {} columns, found {}", column + 1, record_.fields.size()));
  };
  example.line = record_.line;
  example.input.text = field(columns_.text);
  example.input.has_pair = columns_.pair.has_value();
  if (columns_.pair) example.input.pair = field(*columns_.pair);
  if (columns_.label) example.label = field(*columns_.label);
}

void Reader::set_keys(Example& example, uint64_t line) {
  const auto find = [&](const std::string& key) -> const Json* {
    const auto found = object_.find(key);
    return found == object_.end() || found->is_null() ? nullptr : &*found;
  };
  const auto reject = [&](const std::string& key, const char* expected, const Json* found) {
    fail(line,
         fmt::format("key {}: expected {}, found {}", escaped(key), expected, found ? found->type_name() : "none"));
  };
  const auto read_text = [&](const std::string& key, std::string& text) {
    const Json* value = find(key);
    if (value == nullptr || !value->is_string()) reject(key, "a string", value);
    text = value->get_ref<const std::string&>();
  };

  example.line = line;
  read_text(keys_.text, example.input.text);
  example.input.has_pair = !keys_.pair.empty() && !(keys_.pair_optional && find(keys_.pair) == nullptr);
  example.input.pair.clear();
  if (example.input.has_pair) read_text(keys_.pair, example.input.pair);
  if (keys_.label.empty()) return;
  const Json* label = find(keys_.label);
  if (label == nullptr || label->is_structured()) reject(keys_.label, "a string, a number or a truth value", label);
  example.label = label_text(*label);
}

bool Reader::has_pair() const { return columns_.pair.has_value() || !keys_.pair.empty(); }

bool Reader::has_label() const { return columns_.label.has_value() || !keys_.label.empty(); }

const std::string& Reader::name() const {
  return std::visit([](const auto& source) -> const std::string& { return source.name(); }, source_);
}

std::optional<double> Reader::fraction() const {
  return std::visit([](const auto& source) -> std::optional<double> { return source.fraction(); }, source_);
}

std::string Reader::at(uint64_t line, const std::string& problem) const {
  const bool is_array = std::holds_alternative<JsonArrayReader>(source_);
  return fmt::format("{}: {} {}: {}", name(), is_array ? "entry" : "line", line, problem);
}

void Reader::fail(uint64_t line, const std::string& problem) const {
  throw RowError(ErrorCode::kData, at(line, problem));
}

}  // namespace fbert
