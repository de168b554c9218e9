#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cli/classifier.h"
#include "cli/command.h"
#include "cli/format.h"
#include "cli/labels.h"
#include "cli/metrics.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/rows.h"

namespace fbert {

namespace {

struct EvalOptions {
  ModelOptions model;
  ClassifierOptions classifier;
  ColumnFlags columns;
  std::string csv;
  std::string tsv;
  std::string jsonl;
  int64_t max_samples = 0;
  std::string format;
};

// Gathers gold labels and predictions of one task, classification or regression.
class Score {
 public:
  explicit Score(const ModelConfig& config)
      : labels_(config.labels),
        regression_(config.problem_type == ProblemType::kRegression),
        counts_(config.num_labels()) {}

  // Throws kData, without file and line, for a label that is none of the model's and a prediction that is no number.
  void add(const std::string& gold, const Prediction& prediction) {
    if (!is_finite(prediction)) throw Error(ErrorCode::kData, "the model gives scores that are not finite");
    if (regression_) {
      values_.add(parse_gold_value(gold), static_cast<double>(prediction.score));
    } else {
      counts_.add(labels_.id_of(gold), prediction.label);
    }
  }

  std::vector<Metric> metrics() const {
    if (regression_) {
      return {{"pearson", values_.pearson()}, {"spearman", values_.spearman()}, {"mse", values_.mse()}};
    }
    const PrecisionRecallF1 m = counts_.average(Average::kWeighted);
    return {{"accuracy", counts_.accuracy()}, {"precision", m.precision}, {"recall", m.recall}, {"f1", m.f1}};
  }

 private:
  LabelMap labels_;
  bool regression_;
  LabelCounts counts_;
  RegressionScores values_;
};

struct VariantReport {
  std::string name;
  std::vector<Metric> metrics;
  double seconds = 0;  // reading, tokenising and classifying
};

struct EvalReport {
  std::string model;
  std::string file;
  int64_t rows = 0;
  int64_t truncated = 0;
  std::vector<VariantReport> variants;

  double rows_per_second(const VariantReport& variant) const {
    return static_cast<double>(rows) / std::max(variant.seconds, 1e-9);
  }
};

Reader open_reader(const EvalOptions& options) {
  const std::pair<Format, const std::string&> choices[] = {
      {Format::kCsv, options.csv}, {Format::kTsv, options.tsv}, {Format::kJsonl, options.jsonl}};
  const std::pair<Format, const std::string&>* chosen = nullptr;
  for (const auto& choice : choices) {
    if (choice.second.empty()) continue;
    if (chosen != nullptr) throw Error(ErrorCode::kUsage, "more than one of --csv, --tsv and --jsonl is given");
    chosen = &choice;
  }
  if (chosen == nullptr) throw Error(ErrorCode::kUsage, "no data given: name a file with --csv, --tsv or --jsonl");
  ReaderOptions reader_options = fbert::reader_options(chosen->first, options.columns);
  reader_options.columns.label_required = true;
  return Reader::open(chosen->second, reader_options);
}

void check_problem_type(const ModelConfig& config) {
  if (config.problem_type == ProblemType::kMultiLabel) {
    throw Error(ErrorCode::kUnsupported,
                "eval does not support models with more than one label per text "
                "(problem_type multi_label_classification)");
  }
  if (config.problem_type == ProblemType::kRegression && config.num_labels() > 1) {
    std::string outputs;
    for (const std::string& label : std::span(config.labels).first(std::min<size_t>(config.labels.size(), 10))) {
      outputs += (outputs.empty() ? "" : ", ") + escaped(label);
    }
    if (config.num_labels() > 10) outputs += ", ...";
    throw Error(ErrorCode::kUnsupported,
                fmt::format("eval does not support regression models with more than one output; this one has {}: {}",
                            config.num_labels(), outputs));
  }
}

EvalReport evaluate(const EvalOptions& options) {
  Reader reader = open_reader(options);
  const std::filesystem::path folder = options.model.folder();
  Classifier classifier = Classifier::load(folder, options.classifier);
  check_problem_type(classifier.model().config());
  Score score(classifier.model().config());
  TextTally tally;
  const auto start = std::chrono::steady_clock::now();
  {
    Progress progress(false);
    classify_rows(reader, classifier, options.max_samples, [&](const Rows& rows) {
      for (size_t i = 0; i < rows.inputs.size(); ++i) {
        try {
          score.add(rows.labels[i], rows.predictions[i]);
        } catch (const Error& error) {
          reader.fail(rows.lines[i], error.what());
        }
      }
      tally.add(rows.predictions);
      progress.update(tally.texts());
    });
  }
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  if (tally.texts() == 0) throw Error(ErrorCode::kData, reader.name() + ": no rows to evaluate");
  tally.report(classifier.max_length());
  return {.model = folder.string(),
          .file = reader.name(),
          .rows = tally.texts(),
          .truncated = tally.truncated(),
          .variants = {{.name = to_string(classifier.model().precision()), .metrics = score.metrics(), .seconds = elapsed.count()}}};
}

std::string to_json(const EvalReport& report) {
  nlohmann::ordered_json json = {
      {"model", report.model}, {"file", report.file}, {"rows", report.rows}, {"truncated", report.truncated}};
  json["variants"] = nlohmann::ordered_json::array();
  for (const VariantReport& variant : report.variants) {
    nlohmann::ordered_json entry = {{"name", variant.name}};
    for (const auto& [name, value] : variant.metrics) entry[name] = value;
    entry["seconds"] = variant.seconds;
    entry["rows_per_second"] = report.rows_per_second(variant);
    json["variants"].push_back(std::move(entry));
  }
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + '\n';
}

std::string to_csv(const EvalReport& report) {
  std::string out = "variant,rows,truncated";
  for (const auto& [name, value] : report.variants.front().metrics) out += fmt::format(",{}", name);
  out += ",seconds,rows_per_second\n";
  for (const VariantReport& variant : report.variants) {
    out += fmt::format("{},{},{}", variant.name, report.rows, report.truncated);
    for (const auto& [name, value] : variant.metrics) out += fmt::format(",{}", value);
    out += fmt::format(",{},{}\n", variant.seconds, report.rows_per_second(variant));
  }
  return out;
}

std::string to_table(const EvalReport& report) {
  std::string out = fmt::format("model  {}\ndata   {}: {} rows\n\n", terminal_text(report.model),
                                terminal_text(report.file), report.rows);
  out += fmt::format("{:<8}", "variant");
  for (const auto& [name, value] : report.variants.front().metrics) out += fmt::format("  {:>9}", name);
  out += fmt::format("  {:>9}\n", "rows/s");
  for (const VariantReport& variant : report.variants) {
    out += fmt::format("{:<8}", variant.name);
    for (const auto& [name, value] : variant.metrics) out += fmt::format("  {:>9.4f}", value);
    out += fmt::format("  {:>9.1f}\n", report.rows_per_second(variant));
  }
  return out;
}

void eval(const EvalOptions& options) {
  const EvalReport report = evaluate(options);
  Output output;
  if (options.format == "json") {
    output.text() = to_json(report);
  } else {
    output.text() = options.format == "csv" ? to_csv(report) : to_table(report);
  }
  output.flush();
}

}  // namespace

Command add_eval(CLI::App& program) {
  CLI::App* app = program.add_subcommand("eval", "Measure a model on labelled data: fbert eval --csv FILE");
  const auto options = std::make_shared<EvalOptions>();
  app->add_option("--csv", options->csv, "Data in RFC 4180 CSV, - for standard input")->option_text("FILE");
  app->add_option("--tsv", options->tsv, "Data in TSV in which quotes are literal")->option_text("FILE");
  app->add_option("--jsonl", options->jsonl, "Data in JSONL")->option_text("FILE");
  add_column_options(*app, options->columns);
  app->add_option("--label-column", options->columns.label, "Column (name, or number from 1) or key of the label")
      ->option_text("COLUMN");
  app->add_option("--max-samples", options->max_samples, "Stop after so many rows (all)")
      ->check(CLI::Range(int64_t{1}, INT64_MAX))
      ->option_text("N");
  add_model_options(*app, options->model);
  add_format_option(*app, options->format, {"table", "json", "csv"});
  add_variant_option(*app, options->classifier);
  add_classifier_options(*app, options->classifier);
  return {app, [options] { eval(*options); }};
}

}  // namespace fbert
