#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "cli/bench_plan.h"
#include "cli/bench_report.h"
#include "cli/bench_run.h"
#include "cli/command.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/text_util.h"
#include "cli/variants.h"

namespace fbert {
namespace {

struct BenchOptions {
  ModelOptions model;
  ClassifierOptions classifier;
  std::string variants;
  BenchLists lists;
  std::string lengths;
  InputOptions input;
  std::optional<int64_t> samples;
  std::optional<double> min_time;
  SamplingPlan sampling;
  std::string format;
};

// The model that "fp32" and "int8" mean; not looked for where the variants are folders.
std::filesystem::path model_folder(const BenchOptions& options) {
  const std::vector<std::string> names = split_list(options.variants, "--variant");
  const auto is_precision = [](const std::string& name) { return name == "fp32" || name == "int8"; };
  const bool needed = names.empty() || std::any_of(names.begin(), names.end(), is_precision);
  return needed || !options.model.model.empty() ? options.model.folder() : std::filesystem::path();
}

BenchRequest make_request(const BenchOptions& options) {
  BenchRequest request;
  request.variants = parse_variants(options.variants, model_folder(options), options.classifier);
  const bool mixed = !options.lengths.empty() || options.input.from_file();
  request.settings = parse_settings(options.lists, mixed, request.threads_reason);
  if (!options.lengths.empty()) {
    request.lengths = read_lengths(options.lengths);
    request.input = "lengths of " + options.lengths;
  }
  if (options.input.from_file()) {
    Reader reader = options.input.open();
    request.texts = read_texts(reader);
    request.input = options.input.input;
  }
  request.sampling = options.sampling;
  if (options.samples) request.sampling.samples = *options.samples;
  if (options.samples) request.sampling.min_seconds = 0;  // who asks for a number of samples gets it
  if (options.min_time) request.sampling.min_seconds = *options.min_time;
  return request;
}

// Of the terminal that shows the tables; without one they are as wide as they are.
size_t output_columns() {
  winsize size = {};
  if (::isatty(STDOUT_FILENO) != 1 || ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return SIZE_MAX;
  return size.ws_col > 0 ? size.ws_col : 80;
}

std::string print(const BenchReport& report, const std::string& format) {
  if (format == "json") return to_json(report);
  if (format == "jsonl") return to_jsonl(report);
  if (format == "csv") return to_csv(report);
  return format == "md" ? to_markdown(report) : to_text(report, output_columns());
}

void bench(const BenchOptions& options) {
  const BenchReport report = run_bench(make_request(options));
  Output output;
  output.text() = print(report, options.format);
  output.flush();
}

void add_sampling_options(CLI::App& app, BenchOptions& options) {
  app.add_option("--num-samples", options.samples, "Timed calls of each variant (1000, and for --min-time)")
      ->check(CLI::Range(int64_t{1}, int64_t{10'000'000}))
      ->option_text("N");
  app.add_option("--warmup-runs", options.sampling.warmup_runs,
                 "Calls before them at least, until times are stable (100)")
      ->check(CLI::Range(int64_t{0}, int64_t{10'000'000}))
      ->option_text("N");
  app.add_option("--min-time", options.min_time, "Least time of the calls of each variant (3; 0 with --num-samples)")
      ->check(CLI::Range(0.0, 86400.0))
      ->option_text("SECONDS");
  app.add_option("--max-time", options.sampling.max_seconds, "Most time of the calls of each variant (30)")
      ->check(CLI::Range(0.001, 86400.0))
      ->option_text("SECONDS");
}

}  // namespace

Command add_bench(CLI::App& program) {
  CLI::App* app = program.add_subcommand("bench", "Measure latency and throughput: fbert bench --seq-len 64");
  const auto options = std::make_shared<BenchOptions>();
  add_model_options(*app, options->model);
  app->add_option("--variant", options->variants,
                  "Precisions and model folders to compare: fp32, int8, DIR (fp32,int8)")
      ->option_text("NAME,...");
  CLI::Option* seq_len =
      app->add_option("--seq-len", options->lists.seq_len, "Tokens of a sequence (32)")->option_text("N,...");
  app->add_option("--batch", options->lists.batch, "Sequences of a call (1)")->option_text("N,...");
  app->add_option("--threads", options->lists.threads, "Threads (all physical cores that may be used)")
      ->option_text("N,...");
  CLI::Option* lengths = app->add_option("--lengths", options->lengths,
                                         "Sequences of the lengths in a file: on each line a length, and how often")
                             ->option_text("FILE");
  add_input_file_options(*app, options->input);
  seq_len->excludes(lengths);
  seq_len->excludes(app->get_option("--input"));
  lengths->excludes(app->get_option("--input"));
  add_sampling_options(*app, *options);
  add_format_option(*app, options->format, {"table", "md", "csv", "json", "jsonl"});
  add_isa_option(*app, options->classifier);
  add_embeddings_option(*app, options->classifier.embeddings, "Word embeddings in memory");
  return {app, [options] { bench(*options); }};
}

}  // namespace fbert
