#include "cli/data_options.h"

#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "data/tasks.h"
#include "data/text_util.h"
#include "fbert/error.h"

namespace fbert {
namespace {

struct DataFile {
  Format format = Format::kCsv;
  std::string path;
};

DataFile data_file(const DataOptions& options) {
  std::vector<DataFile> files;
  for (DataFile file : {DataFile{Format::kCsv, options.csv}, DataFile{Format::kTsv, options.tsv},
                        DataFile{Format::kJsonl, options.jsonl}, DataFile{Format::kJson, options.json}}) {
    if (!file.path.empty()) files.push_back(std::move(file));
  }
  if (files.size() > 1) throw Error(ErrorCode::kUsage, "more than one of --csv, --tsv, --jsonl and --json is given");
  if (files.empty()) {
    throw Error(ErrorCode::kUsage, "no data given: name a file with --csv, --tsv, --jsonl or --json");
  }
  return files.front();
}

std::string task_names() {
  std::string names;
  for (const EvalTask& task : known_tasks()) names += (names.empty() ? "" : ", ") + std::string(task.name);
  return names;
}

}  // namespace

const EvalTask* DataOptions::task() const { return task_name.empty() ? nullptr : &find_task(task_name); }

LabelOptions DataOptions::label_options() const {
  LabelOptions labels;
  if (const EvalTask* known = task()) {
    labels.numbering = known->labels;
    labels.other_names = known->other_names;
  }
  labels.strip_numeric_prefix = normalize_labels;
  labels.renames = parse_label_map(label_map);
  return labels;
}

BadRows DataOptions::bad_row_action() const {
  if (bad_rows == "skip") return BadRows::kSkip;
  return bad_rows == "report" ? BadRows::kReport : BadRows::kError;
}

Reader DataOptions::open(bool with_labels) const {
  const EvalTask* known = task();
  const DataFile file = data_file(*this);
  if (file.format != Format::kJson && !json_key.empty()) {
    throw Error(ErrorCode::kUsage, "--json-key chooses an array of a file that is given with --json");
  }
  ReaderOptions options = reader_options(file.format, columns);
  options.columns.label_required = with_labels;
  options.json_key = json_key;
  if (known != nullptr) {
    options.tabs_mean_tsv = true;  // the files of GLUE's tasks are apart by tabs, some of them under the name .csv
    options.columns.without_header = known->without_header;
    if (json_key.empty()) options.json_key = known->name;
  }
  return Reader::open(file.path, options);
}

std::vector<std::pair<std::string, std::string>> parse_label_map(const std::string& option) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const std::string& part : split_list(option, "--label-map")) {
    const size_t equals = part.rfind('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == part.size()) {
      throw Error(ErrorCode::kUsage, fmt::format("--label-map: {} is not GOLD=LABEL", escaped(part)));
    }
    pairs.emplace_back(trimmed(std::string_view(part).substr(0, equals)),
                       trimmed(std::string_view(part).substr(equals + 1)));
  }
  return pairs;
}

void add_data_options(ArgumentParser& arguments, DataOptions& options) {
  arguments.add_option("--csv", &options.csv, "Data in RFC 4180 CSV, - for standard input").value_name("FILE").path();
  arguments.add_option("--tsv", &options.tsv, "Data in TSV in which quotes are literal").value_name("FILE").path();
  arguments.add_option("--jsonl", &options.jsonl, "Data in JSONL").value_name("FILE").path();
  arguments.add_option("--json", &options.json, "Data in a JSON array of objects, or an object of such arrays")
      .value_name("FILE")
      .path();
  arguments.add_option("--json-key", &options.json_key, "Which of several arrays (the name of the task)")
      .value_name("KEY");
  add_column_options(arguments, options.columns);
  arguments.add_option("--label-column", &options.columns.label, "Column (name, or number from 1) or key of the label")
      .value_name("COLUMN");
  arguments.add_option("--task", &options.task_name, "Columns, labels and metrics of a published task: " + task_names())
      .value_name("NAME");
  arguments.add_option("--label-map", &options.label_map, "Labels of the data by what the model calls them")
      .value_name("GOLD=LABEL,...");
  arguments.add_flag("--normalize-labels", &options.normalize_labels,
                     "Take 0_not_relevant for not_relevant, on both sides");
  arguments.add_option("--bad-rows", &options.bad_rows, "Rows that cannot be read: error, skip, report (error)")
      .one_of({"error", "skip", "report"})
      .value_name("ACTION");
  arguments.add_option("--max-samples", &options.max_samples, "Stop after so many rows (all)")
      .integer(1, INT64_MAX)
      .value_name("N");
}

}  // namespace fbert
