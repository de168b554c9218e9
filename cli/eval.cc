#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/eval_report.h"
#include "cli/eval_run.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/squad.h"
#include "cli/table.h"
#include "cli/tasks.h"
#include "cli/text_util.h"
#include "cli/variants.h"
#include "loader/atomic_file.h"

namespace fbert {

namespace {

struct EvalOptions {
  ModelOptions model;
  ClassifierOptions classifier;
  std::string variants;
  ColumnFlags columns;
  std::string csv;
  std::string tsv;
  std::string jsonl;
  std::string json;
  std::string json_key;
  std::string task;
  std::string metrics;
  std::string label_map;
  bool normalize_labels = false;
  std::string bad_rows = "error";
  int64_t max_samples = 0;
  EvalTables tables;
  std::string format;
  std::string output_dir;
  std::string squad;
  std::string predictions;
};

struct DataFile {
  Format format = Format::kCsv;
  std::string path;
};

DataFile data_file(const EvalOptions& options) {
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

// The files of GLUE's tasks are apart by tabs, some of them under the name .csv.
bool has_tab_in_first_line(const std::string& path) {
  if (path == "-") return false;
  LineReader lines(Input::open(path));
  std::string_view line;
  return lines.next(line) && line.find('\t') != std::string_view::npos;
}

Reader open_reader(const EvalOptions& options, const EvalTask* task) {
  DataFile file = data_file(options);
  if (file.format != Format::kJson && !options.json_key.empty()) {
    throw Error(ErrorCode::kUsage, "--json-key chooses an array of a file that is given with --json");
  }
  if (task != nullptr && file.format == Format::kCsv && options.columns.delimiter.empty() &&
      has_tab_in_first_line(file.path)) {
    file.format = Format::kTsv;
  }
  ReaderOptions reader_options = fbert::reader_options(file.format, options.columns);
  reader_options.columns.label_required = true;
  reader_options.json_key = options.json_key;
  if (task != nullptr) {
    reader_options.columns.without_header = task->without_header;
    if (options.json_key.empty()) reader_options.json_key = task->name;
  }
  return Reader::open(file.path, reader_options);
}

BadRows parse_bad_rows(const std::string& name) {
  if (name == "skip") return BadRows::kSkip;
  return name == "report" ? BadRows::kReport : BadRows::kError;
}

// The model that "fp32" and "int8" mean; not looked for where the variants are folders.
std::filesystem::path model_folder(const EvalOptions& options) {
  const std::vector<std::string> names = split_list(options.variants, "--variant");
  const auto is_precision = [](const std::string& name) { return name == "fp32" || name == "int8"; };
  const bool needed = names.empty() || std::any_of(names.begin(), names.end(), is_precision);
  return needed || !options.model.model.empty() ? options.model.folder() : std::filesystem::path();
}

EvalReport evaluate_file(const EvalOptions& options) {
  EvalRequest request;
  if (!options.task.empty()) request.task = &find_task(options.task);
  request.metrics = split_list(options.metrics, "--metrics");
  if (request.task != nullptr) request.labels.numbering = request.task->labels;
  request.labels.strip_numeric_prefix = options.normalize_labels;
  request.labels.renames = parse_label_map(options.label_map);
  request.bad_rows = parse_bad_rows(options.bad_rows);
  request.max_samples = options.max_samples;
  Reader reader = open_reader(options, request.task);
  request.variants = parse_variants(options.variants, model_folder(options), options.classifier);
  EvalReport report = evaluate(reader, request);
  report.model = request.variants.front().folder.string();
  return report;
}

void write_file(const std::filesystem::path& path, const std::string& text) {
  AtomicFile file(path);
  file.write(text);
  file.commit();
}

void create_folder(const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) throw Error(ErrorCode::kData, fmt::format("{}: cannot be made: {}", escaped(folder), error.message()));
}

std::string print(const EvalReport& report, const EvalOptions& options) {
  if (options.format == "json") return to_json(report);
  if (options.format == "csv") return to_csv(report);
  return options.format == "md" ? to_markdown(report, options.tables) : to_text(report, options.tables);
}

std::string print(const SquadScore& score, const std::string& format) {
  if (format == "json") {
    const nlohmann::ordered_json json = {{"questions", score.questions},
                                         {"unanswered", score.unanswered},
                                         {"exact_match", score.exact_match},
                                         {"f1", score.f1}};
    return json.dump(2) + '\n';
  }
  if (format == "csv") {
    return fmt::format("questions,unanswered,exact_match,f1\n{},{},{},{}\n", score.questions, score.unanswered,
                       score.exact_match, score.f1);
  }
  const Table table{{{"questions"}, {"unanswered"}, {"exact match"}, {"f1"}},
                    {{fmt::format("{}", score.questions), fmt::format("{}", score.unanswered),
                      fmt::format("{:.4f}", score.exact_match), fmt::format("{:.4f}", score.f1)}}};
  return format == "md" ? table.markdown() : table.text();
}

void write_output(std::string text) {
  Output output;
  output.text() = std::move(text);
  output.flush();
}

void eval(const EvalOptions& options) {
  if (!options.squad.empty()) {
    write_output(print(score_squad(options.squad, options.predictions), options.format));
    return;
  }
  if (!options.output_dir.empty()) create_folder(options.output_dir);
  const EvalReport report = evaluate_file(options);
  if (!options.output_dir.empty()) {
    write_file(std::filesystem::path(options.output_dir) / "results.json", to_json(report));
    write_file(std::filesystem::path(options.output_dir) / "results.csv", to_csv(report));
  }
  write_output(print(report, options));
}

std::string task_names() {
  std::string names;
  for (const EvalTask& task : known_tasks()) names += (names.empty() ? "" : ", ") + std::string(task.name);
  return names;
}

void add_data_options(CLI::App& app, EvalOptions& options) {
  app.add_option("--csv", options.csv, "Data in RFC 4180 CSV, - for standard input")->option_text("FILE");
  app.add_option("--tsv", options.tsv, "Data in TSV in which quotes are literal")->option_text("FILE");
  app.add_option("--jsonl", options.jsonl, "Data in JSONL")->option_text("FILE");
  app.add_option("--json", options.json, "Data in a JSON array of objects, or an object of such arrays")
      ->option_text("FILE");
  app.add_option("--json-key", options.json_key, "Which of several arrays (the name of the task)")->option_text("KEY");
  add_column_options(app, options.columns);
  app.add_option("--label-column", options.columns.label, "Column (name, or number from 1) or key of the label")
      ->option_text("COLUMN");
  app.add_option("--task", options.task, "Columns, labels and metrics of a published task: " + task_names())
      ->option_text("NAME");
  app.add_option("--label-map", options.label_map, "Labels of the data by what the model calls them")
      ->option_text("GOLD=LABEL,...");
  app.add_flag("--normalize-labels", options.normalize_labels, "Take 0_not_relevant for not_relevant, on both sides");
  app.add_option("--bad-rows", options.bad_rows, "Rows that cannot be read: error, skip, report (error)")
      ->check(CLI::IsMember(std::vector<std::string>{"error", "skip", "report"}))
      ->option_text("ACTION");
  app.add_option("--max-samples", options.max_samples, "Stop after so many rows (all)")
      ->check(CLI::Range(int64_t{1}, INT64_MAX))
      ->option_text("N");
}

}  // namespace

Command add_eval(CLI::App& program) {
  CLI::App* app = program.add_subcommand("eval", "Measure a model on labelled data: fbert eval --csv FILE");
  const auto options = std::make_shared<EvalOptions>();
  add_data_options(*app, *options);
  app->add_option("--metrics", options->metrics, "Metrics to show, apart by commas (those of the task)")
      ->option_text("NAME,...");
  app->add_flag("--per-class", options->tables.per_class, "Show precision, recall and F1 of every label");
  app->add_flag("--confusion-matrix", options->tables.confusion, "Show which labels are taken for which");
  app->add_option("--output-dir", options->output_dir, "Write results.json and results.csv there")->option_text("DIR");
  CLI::Option* squad = app->add_option("--squad", options->squad, "Score answers to the questions of a SQuAD v1.1 file")
                           ->option_text("FILE");
  CLI::Option* predictions =
      app->add_option("--predictions", options->predictions, "The answers: JSON, by question id")->option_text("FILE");
  squad->needs(predictions);
  predictions->needs(squad);
  for (const char* other : {"--csv", "--tsv", "--jsonl", "--json"}) squad->excludes(app->get_option(other));
  add_model_options(*app, options->model);
  add_format_option(*app, options->format, {"table", "md", "csv", "json"});
  app->add_option("--variant", options->variants,
                  "Precisions and model folders to compare: fp32, int8, DIR (fp32,int8)")
      ->option_text("NAME,...");
  add_classifier_options(*app, options->classifier);
  return {app, [options] { eval(*options); }};
}

}  // namespace fbert
