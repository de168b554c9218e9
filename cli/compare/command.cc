#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "cli/arguments.h"
#include "cli/command.h"
#include "cli/compare/report.h"
#include "cli/compare/run.h"
#include "cli/data_options.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/report/terminal.h"
#include "cli/row_messages.h"
#include "cli/variants.h"
#include "data/tasks.h"
#include "data/text_util.h"
#include "fbert/error.h"
#include "loader/atomic_file.h"

namespace fbert {

namespace {

struct CompareOptions {
  std::string first;
  std::string second;
  ModelOptions model;
  ClassifierOptions classifier;
  DataOptions data;
  bool no_labels = false;
  size_t flips = 20;
  size_t layer_rows = 64;
  std::string max_drop;
  std::string html;
  std::string format;
};

// "0.5pt" as 0.005. A percent sign is refused: some mean points by it, others a share of the accuracy.
double parse_drop(const std::string& text) {
  std::string_view amount = text;
  const bool has_unit = amount.ends_with("pt");
  if (has_unit) amount.remove_suffix(2);
  const std::optional<double> points = has_unit ? parse_number(trimmed(amount)) : std::nullopt;
  if (points && *points >= 0 && *points <= 100) return *points / 100;
  throw Error(ErrorCode::kUsage, fmt::format("--max-drop: {} is not a number of percentage points from 0 to 100, "
                                             "such as 0.5pt",
                                             escaped(text)));
}

std::string print(const CompareReport& report, const std::string& format) {
  if (format == "json") return to_json(report);
  return format == "md" ? to_markdown(report) : to_text(report, terminal_columns(STDOUT_FILENO));
}

void check_drop(const CompareReport& report, double most) {
  constexpr double kRounding = 1e-12;  // of the difference of two quotients
  const double drop = report.drop();
  if (drop <= most + kRounding) return;
  const char* figure = report.scores ? "Pearson's correlation" : "accuracy";
  if (std::isnan(drop)) {
    throw Error(ErrorCode::kData, fmt::format("{} is not defined on these rows, so that --max-drop cannot judge {}",
                                              figure, escaped(report.second.name)));
  }
  throw Error(ErrorCode::kData,
              fmt::format("{} drops by {:.2f} points from {} to {}, more than --max-drop allows ({:g}pt)", figure,
                          100 * drop, escaped(report.first.name), escaped(report.second.name), 100 * most));
}

void compare_files(const CompareOptions& options) {
  std::optional<double> most_drop;
  if (!options.max_drop.empty()) most_drop = parse_drop(options.max_drop);
  const bool needs_model = is_precision(options.first) || is_precision(options.second);
  std::optional<ModelFolder> folder;
  if (needs_model || !options.model.model.empty()) folder = options.model.folder();
  const CompareRequest request{.first = parse_variant(options.first, folder, options.classifier),
                               .second = parse_variant(options.second, folder, options.classifier),
                               .labelled = !options.no_labels,
                               .labels = options.data.label_options(),
                               .bad_rows = options.data.bad_row_action(),
                               .max_samples = options.data.max_samples,
                               .flips = options.flips,
                               .layer_rows = options.layer_rows};
  Reader reader = options.data.open(request.labelled);
  if (!options.html.empty()) check_replaceable(options.html);
  CompareReport report = compare(reader, request);
  report_note(reader);
  if (const EvalTask* task = options.data.task()) report.task = task->name;
  write_result(print(report, options.format), [&] {
    if (!options.html.empty()) replace_file(options.html, to_html(report));
  });
  if (most_drop) check_drop(report, *most_drop);
}

}  // namespace

Command add_compare(ArgumentParser& program) {
  ArgumentParser& arguments =
      program.add_command("compare", "Where two models differ: fbert compare fp32 int8 --csv FILE");
  const auto options = std::make_shared<CompareOptions>();
  arguments.add_option("A", &options->first, "fp32 or int8 (of --model), or the folder of a model").required();
  arguments.add_option("B", &options->second, "The one that is judged against it").required();
  add_data_options(arguments, options->data);
  Option& no_labels =
      arguments.add_flag("--no-labels", &options->no_labels, "Compare answers alone; the data needs no labels");
  arguments
      .add_option("--max-drop", &options->max_drop, "Exit with 1 if accuracy (or Pearson's r) drops by more points")
      .value_name("0.5pt")
      .excludes(no_labels);
  no_labels.excludes(arguments.option("--label-column"));
  arguments
      .add_option("--flips", &options->flips,
                  "Most rows to list: those with another label or score, the worst first (20)")
      .integer(0, 1000000)
      .value_name("N");
  arguments.add_option("--layer-rows", &options->layer_rows, "Rows that are looked at layer by layer (64)")
      .integer(0, 4096)
      .value_name("N");
  arguments.add_option("--html", &options->html, "Write the report with plots as a page there")
      .value_name("FILE")
      .path();
  add_model_options(arguments, options->model);
  add_format_option(arguments, options->format, {"table", "md", "json"});
  add_classifier_options(arguments, options->classifier);
  return {&arguments, [options] { compare_files(*options); }};
}

}  // namespace fbert
