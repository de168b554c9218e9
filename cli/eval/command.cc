#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "cli/arguments.h"
#include "cli/command.h"
#include "cli/data_options.h"
#include "cli/eval/report.h"
#include "cli/eval/run.h"
#include "cli/eval/squad.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/report/terminal.h"
#include "cli/row_messages.h"
#include "cli/variants.h"
#include "data/text_util.h"
#include "loader/atomic_file.h"

namespace fbert {

namespace {

struct EvalOptions {
  ModelOptions model;
  ClassifierOptions classifier;
  std::string variants;
  DataOptions data;
  std::string metrics;
  EvalTables tables;
  std::string format;
  std::string output_dir;
  std::string html;
  std::string squad;
  std::string predictions;
  std::string na_probabilities;
};

EvalReport evaluate_file(const EvalOptions& options) {
  EvalRequest request;
  request.task = options.data.task();
  request.metrics = split_list(options.metrics, "--metrics");
  request.labels = options.data.label_options();
  request.bad_rows = options.data.bad_row_action();
  request.max_samples = options.data.max_samples;
  Reader reader = options.data.open();
  request.variants =
      parse_variants(options.variants, folder_of_precisions(options.variants, options.model), options.classifier);
  EvalReport report = evaluate(reader, request);
  report_note(reader);
  report.model = request.variants.front().folder.path().string();
  return report;
}

void create_folder(const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) throw Error(ErrorCode::kData, fmt::format("{}: cannot be made: {}", escaped(folder), error.message()));
}

void write_results(const EvalOptions& options, const std::string& json, const std::string& csv) {
  if (options.output_dir.empty()) return;
  replace_file(std::filesystem::path(options.output_dir) / "results.json", json);
  replace_file(std::filesystem::path(options.output_dir) / "results.csv", csv);
}

std::string print(const EvalReport& report, const EvalOptions& options) {
  if (options.format == "json") return to_json(report);
  if (options.format == "csv") return to_csv(report);
  return options.format == "md" ? to_markdown(report, options.tables)
                                : to_text(report, options.tables, terminal_columns(STDOUT_FILENO));
}

void eval_answers(const EvalOptions& options) {
  const SquadScore score = score_squad_files(options.squad, options.predictions, options.na_probabilities);
  const auto print = [&](const std::string& format) {
    return print_squad(score, format, terminal_columns(STDOUT_FILENO));
  };
  write_result(print(options.format), [&] { write_results(options, print("json"), print("csv")); });
}

void eval_labels(const EvalOptions& options) {
  const EvalReport report = evaluate_file(options);
  write_result(print(report, options), [&] {
    write_results(options, to_json(report), to_csv(report));
    if (!options.html.empty()) replace_file(options.html, to_html(report));
  });
}

void eval(const EvalOptions& options) {
  if (!options.output_dir.empty()) create_folder(options.output_dir);  // fails before the work, not after it
  if (!options.html.empty()) check_replaceable(options.html);
  options.squad.empty() ? eval_labels(options) : eval_answers(options);
}

}  // namespace

Command add_eval(ArgumentParser& program) {
  ArgumentParser& arguments = program.add_command("eval", "Measure a model on labelled data: fbert eval --csv FILE");
  const auto options = std::make_shared<EvalOptions>();
  add_data_options(arguments, options->data);
  arguments.add_option("--metrics", &options->metrics, "Metrics to show, apart by commas (those of the task)")
      .value_name("NAME,...");
  arguments.add_flag("--per-class", &options->tables.per_class, "Show precision, recall and F1 of every label");
  arguments.add_flag("--confusion-matrix", &options->tables.confusion, "Show which labels are taken for which");
  arguments.add_option("--output-dir", &options->output_dir, "Write results.json and results.csv there")
      .value_name("DIR")
      .path();
  arguments.add_option("--html", &options->html, "Write the report with plots as a page there")
      .value_name("FILE")
      .path();
  Option& squad =
      arguments.add_option("--squad", &options->squad, "Score answers to the questions of a SQuAD file, v1.1 or v2.0")
          .value_name("FILE")
          .path();
  Option& predictions =
      arguments.add_option("--predictions", &options->predictions, "The answers: JSON, by question id")
          .value_name("FILE")
          .path();
  arguments
      .add_option("--na-probabilities", &options->na_probabilities,
                  "How likely a question has no answer, for SQuAD v2.0: JSON, by question id")
      .value_name("FILE")
      .path()
      .needs(squad);
  squad.needs(predictions);
  predictions.needs(squad);
  for (const char* other : {"--csv", "--tsv", "--jsonl", "--json", "--html"}) squad.excludes(arguments.option(other));
  add_model_options(arguments, options->model);
  add_format_option(arguments, options->format, {"table", "md", "csv", "json"});
  arguments
      .add_option("--variant", &options->variants,
                  "Precisions and model folders to compare: fp32, int8, DIR (fp32,int8)")
      .value_name("NAME,...")
      .path();
  add_classifier_options(arguments, options->classifier);
  return {&arguments, [options] { eval(*options); }};
}

}  // namespace fbert
