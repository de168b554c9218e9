#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "cli/arguments.h"
#include "cli/command.h"
#include "cli/notes.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/report/progress.h"
#include "data/format.h"
#include "fbert/model.h"
#include "fbert/quantize.h"

namespace fbert {

namespace {

struct QuantizeCommand {
  ModelOptions model;
  ClassifierOptions compute;
  std::string output;
  QuantizeOptions options;
};

std::string mebibytes(uint64_t bytes) {
  return fmt::format("{:.1f} MiB", static_cast<double>(bytes) / (1024.0 * 1024.0));
}

void quantize(const QuantizeCommand& command) {
  QuantizeResult result;
  {
    const SignalsHeld signals;
    Progress progress(false, "MiB");
    QuantizeOptions options = command.options;
    options.isa = command.compute.isa;
    options.progress = [&](uint64_t done, uint64_t total) {
      signals.check();
      progress.update(static_cast<int64_t>(done >> 20), static_cast<double>(done) / static_cast<double>(total));
    };
    result = quantize_model(command.model.folder(), command.output, options);
  }
  report_notes(result.notes);
  Output output;
  output.text() = fmt::format("{}: {} linear layers in int8, {} kept in floats; {} of weights, from {}\n",
                              terminal_text(command.output), result.quantized, result.kept.size(),
                              mebibytes(result.output_bytes), mebibytes(result.source_bytes));
  output.flush();
}

}  // namespace

Command add_quantize(ArgumentParser& program) {
  ArgumentParser& arguments = program.add_command("quantize", "Write a model as a folder with weights in 8 bits");
  const auto command = std::make_shared<QuantizeCommand>();
  add_model_options(arguments, command->model);
  add_isa_option(arguments, command->compute);
  arguments.add_option("--output", &command->output, "The folder to write; must not exist")
      .required()
      .value_name("DIR")
      .path();
  add_embeddings_option(arguments, command->options.embeddings, "Word embeddings in the folder");
  arguments
      .add_option("--keep", &command->options.keep, "Linear layers to leave in floats: name with * and ?; repeatable")
      .repeatable()
      .value_name("PATTERN");
  arguments.add_flag("--force", &command->options.force, "Replace a folder that fbert quantize has written");
  return {&arguments, [command] { quantize(*command); }};
}

}  // namespace fbert
