#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/arguments.h"
#include "cli/command.h"
#include "cli/data_options.h"
#include "cli/eval/report.h"
#include "cli/eval/run.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/report/table.h"
#include "cli/report/terminal.h"
#include "cli/variants.h"
#include "data/text_util.h"
#include "loader/atomic_file.h"
#include "metrics/squad.h"

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

void eval_answers(const EvalOptions& options) {
  const SquadScore score = score_squad(options.squad, options.predictions);
  write_result(print(score, options.format),
               [&] { write_results(options, print(score, "json"), print(score, "csv")); });
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
      .value_name("DIR");
  arguments.add_option("--html", &options->html, "Write the report with plots as a page there").value_name("FILE");
  Option& squad =
      arguments.add_option("--squad", &options->squad, "Score answers to the questions of a SQuAD v1.1 file")
          .value_name("FILE");
  Option& predictions =
      arguments.add_option("--predictions", &options->predictions, "The answers: JSON, by question id")
          .value_name("FILE");
  squad.needs(predictions);
  predictions.needs(squad);
  for (const char* other : {"--csv", "--tsv", "--jsonl", "--json", "--html"}) squad.excludes(arguments.option(other));
  add_model_options(arguments, options->model);
  add_format_option(arguments, options->format, {"table", "md", "csv", "json"});
  arguments
      .add_option("--variant", &options->variants,
                  "Precisions and model folders to compare: fp32, int8, DIR (fp32,int8)")
      .value_name("NAME,...");
  add_classifier_options(arguments, options->classifier);
  return {&arguments, [options] { eval(*options); }};
}

}  // namespace fbert
