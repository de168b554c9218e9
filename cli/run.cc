#include <unistd.h>

#include <memory>
#include <string>

#include "cli/arguments.h"
#include "cli/command.h"
#include "cli/notes.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/prediction_writer.h"
#include "cli/report/progress.h"
#include "cli/report/terminal.h"
#include "cli/row_messages.h"
#include "data/rows.h"
#include "fbert/classifier.h"

namespace fbert {

namespace {

struct RunOptions {
  ModelOptions model;
  ClassifierOptions classifier;
  InputOptions input;
  std::string format;
  bool all_scores = false;
  bool logits = false;
};

PredictionFormat parse_prediction_format(const std::string& name) {
  if (name == "jsonl") return PredictionFormat::kJsonl;
  return name == "csv" ? PredictionFormat::kCsv : PredictionFormat::kTable;
}

void run(const RunOptions& options) {
  options.input.check();
  Classifier classifier = Classifier::load(options.model.folder(), options.classifier);
  report_notes(classifier);
  const PredictionWriter writer(
      classifier.model().config(), parse_prediction_format(options.format),
      {.all_scores = options.all_scores, .logits = options.logits, .terminal = terminal_columns(STDOUT_FILENO)});
  Output output;
  TextTally tally;
  const auto write = [&](std::span<const TextInput> inputs, std::span<const Prediction> predictions) {
    for (size_t i = 0; i < inputs.size(); ++i) writer.append(output.text(), inputs[i], predictions[i]);
    tally.add(predictions);
    output.flush();
  };

  writer.append_header(output.text());
  if (options.input.from_file()) {
    Reader reader = options.input.open();
    Progress progress(true);
    classify_rows(reader, classifier, 0, [&](const Rows& rows) {
      write(rows.inputs, rows.predictions);
      progress.update(tally.texts());
    });
    output.flush();
    report_note(reader);
  } else {
    const std::vector<TextInput> inputs = options.input.arguments();
    write(inputs, classifier.classify_or_throw(inputs));
  }
  output.flush();
  report_losses(tally, classifier.max_length());
}

}  // namespace

Command add_run(ArgumentParser& program) {
  ArgumentParser& arguments = program.add_command("run", "Label texts: fbert run \"a text\", fbert run --input FILE");
  const auto options = std::make_shared<RunOptions>();
  add_input_options(arguments, options->input);
  add_model_options(arguments, options->model);
  add_format_option(arguments, options->format, {"table", "jsonl", "csv"});
  arguments.add_flag("--all-scores", &options->all_scores, "Write the score of every label");
  arguments.add_flag("--logits", &options->logits, "Write the raw outputs of the model");
  add_variant_option(arguments, options->classifier);
  add_classifier_options(arguments, options->classifier);
  return {&arguments, [options] { run(*options); }};
}

}  // namespace fbert
