#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "cli/arguments.h"
#include "cli/bench/baseline.h"
#include "cli/bench/plan.h"
#include "cli/bench/report.h"
#include "cli/bench/run.h"
#include "cli/bench/server.h"
#include "cli/command.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/report/terminal.h"
#include "cli/row_messages.h"
#include "cli/variants.h"
#include "data/format.h"
#include "data/text_util.h"
#include "loader/atomic_file.h"

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
  bool strict = false;
  std::string eval;
  std::string baseline;
  std::string fail_if_slower;
  bool server = false;
  std::optional<double> qps;
  std::optional<double> slo_p99;
  double server_seconds = 10;
  std::string format;
  std::string html;
};

BenchRequest make_request(const BenchOptions& options) {
  BenchRequest request;
  request.variants =
      parse_variants(options.variants, folder_of_precisions(options.variants, options.model), options.classifier);
  const bool mixed = !options.lengths.empty() || options.input.from_file();
  request.settings = parse_settings(options.lists, mixed, request.threads_reason);
  if (!options.lengths.empty()) {
    request.lengths = read_lengths(options.lengths);
    request.input = "lengths of " + options.lengths;
  }
  if (options.input.from_file()) {
    Reader reader = options.input.open();
    bool more = false;
    request.texts = read_texts(reader, more);
    report_note(reader);
    request.input =
        more ? fmt::format("first {} texts of {}", request.texts.size(), options.input.input) : options.input.input;
  }
  request.sampling = options.sampling;
  if (options.samples) request.sampling.samples = *options.samples;
  if (options.samples) request.sampling.min_seconds = 0;  // who asks for a number of samples gets it
  if (options.min_time) request.sampling.min_seconds = *options.min_time;
  return request;
}

template <typename Report>
std::string print_for_programs(const Report& report, const std::string& format) {
  if (format == "json") return to_json(report);
  if (format == "jsonl") return to_jsonl(report);
  return format == "csv" ? to_csv(report) : to_markdown(report);
}

void fail_if_noisy(const BenchNoise& noise) {
  if (noise.warnings.empty()) return;
  throw Error(ErrorCode::kData,
              fmt::format("--strict: {} of noise, such as: {}",
                          noise.warnings.size() == 1 ? "a sign" : fmt::format("{} signs", noise.warnings.size()),
                          noise.warnings.front()));
}

void bench_server(const BenchOptions& options) {
  ServerRequest request{.bench = make_request(options),
                        .qps = options.qps,
                        .slo_p99 = options.slo_p99.value_or(std::nan("")),
                        .seconds = options.server_seconds};
  if (!options.qps && !options.slo_p99) {
    throw Error(ErrorCode::kUsage, "--server needs --qps, or --slo-p99 to search for the greatest rate that meets it");
  }
  if (request.bench.settings.size() > 1) throw Error(ErrorCode::kUsage, "--server takes one setting, not lists");
  if (!request.bench.texts.empty()) throw Error(ErrorCode::kUsage, "--server takes tokens: --seq-len or --lengths");
  if (!options.html.empty()) throw Error(ErrorCode::kUsage, "--html is a page about calls, not for --server");
  const ServerReport report = run_server_bench(request);
  write_result(options.format == "table" ? to_text(report, terminal_columns(STDOUT_FILENO))
                                         : print_for_programs(report, options.format));
  if (options.strict) fail_if_noisy(report.noise);
  const auto missed = [](const ServerResult& result) { return !result.meets_slo; };
  if (options.slo_p99 && std::any_of(report.results.begin(), report.results.end(), missed)) {
    throw Error(ErrorCode::kData, fmt::format("a 99th percentile of {} ms was not kept", *options.slo_p99));
  }
}

void bench_calls(const BenchOptions& options) {
  const double limit = options.fail_if_slower.empty() ? 0 : parse_percent(options.fail_if_slower, "--fail-if-slower");
  std::optional<Baseline> baseline;
  if (!options.baseline.empty()) baseline = load_baseline(options.baseline);
  if (!options.html.empty()) check_replaceable(options.html);
  BenchReport report = run_bench(make_request(options));
  if (!options.eval.empty()) add_accuracy(options.eval, report);
  if (baseline) {
    const std::string caution = compare_with_baseline(*baseline, report);
    if (!caution.empty()) write_message(fmt::format("fbert: {}\n", terminal_text(caution)));
  }
  write_result(options.format == "table" ? to_text(report, terminal_columns(STDOUT_FILENO))
                                         : print_for_programs(report, options.format),
               [&] {
                 if (!options.html.empty()) replace_file(options.html, to_html(report));
               });
  if (options.strict) fail_if_noisy(report.noise);
  const std::vector<std::string> slower = limit > 0 ? regressions(report, limit) : std::vector<std::string>();
  if (!slower.empty()) throw Error(ErrorCode::kData, fmt::format("{}", fmt::join(slower, "; ")));
}

void bench(const BenchOptions& options) { options.server ? bench_server(options) : bench_calls(options); }

void add_sampling_options(ArgumentParser& arguments, BenchOptions& options) {
  arguments.add_option("--num-samples", &options.samples, "Timed calls of each variant (1000, and for --min-time)")
      .integer(1, 10'000'000)
      .value_name("N");
  arguments
      .add_option("--warmup-runs", &options.sampling.warmup_runs,
                  "Calls before them at least, until times are stable (100)")
      .integer(0, 10'000'000)
      .value_name("N");
  arguments
      .add_option("--min-time", &options.min_time, "Least time of the calls of each variant (3; 0 with --num-samples)")
      .number(0.0, 86400.0)
      .value_name("SECONDS");
  arguments.add_option("--max-time", &options.sampling.max_seconds, "Most time of the calls of each variant (30)")
      .number(0.001, 86400.0)
      .value_name("SECONDS");
}

void add_verdict_options(ArgumentParser& arguments, BenchOptions& options) {
  arguments.add_flag("--strict", &options.strict, "Exit with 1 when there are signs of noise");
  arguments.add_option("--eval", &options.eval, "JSON report of fbert eval, to show the accuracy of the variants too")
      .value_name("FILE")
      .path();
  Option& baseline =
      arguments.add_option("--baseline", &options.baseline, "JSON report of an earlier run to compare with")
          .value_name("FILE")
          .path();
  arguments
      .add_option("--fail-if-slower", &options.fail_if_slower, "Exit with 1 when slower than it by more, significantly")
      .value_name("PERCENT")
      .needs(baseline);
}

void add_server_options(ArgumentParser& arguments, BenchOptions& options) {
  Option& server =
      arguments.add_flag("--server", &options.server, "Requests that come at random times, to single-threaded workers");
  Option& qps = arguments.add_option("--qps", &options.qps, "Requests per second (the most that keep --slo-p99)");
  qps.number(0.001, 1e6).value_name("N").needs(server);
  arguments.add_option("--slo-p99", &options.slo_p99, "The 99th percentile of the latency that is to be kept")
      .number(0.001, 1e6)
      .value_name("MS")
      .needs(server);
  arguments.add_option("--server-time", &options.server_seconds, "Length of a run, longer where p99 needs it (10)")
      .number(0.1, 86400.0)
      .value_name("SECONDS")
      .needs(server);
  for (const char* other : {"--baseline", "--eval", "--input", "--num-samples", "--min-time", "--max-time"}) {
    server.excludes(arguments.option(other));
  }
}

}  // namespace

Command add_bench(ArgumentParser& program) {
  ArgumentParser& arguments = program.add_command("bench", "Measure latency and throughput: fbert bench --seq-len 64");
  const auto options = std::make_shared<BenchOptions>();
  add_model_options(arguments, options->model);
  arguments
      .add_option("--variant", &options->variants,
                  "Precisions and model folders to compare: fp32, int8, DIR (fp32,int8)")
      .value_name("NAME,...")
      .path();
  Option& seq_len =
      arguments.add_option("--seq-len", &options->lists.seq_len, "Tokens of a sequence (32)").value_name("N,...");
  arguments.add_option("--batch", &options->lists.batch, "Sequences of a call (1)").value_name("N,...");
  arguments.add_option("--threads", &options->lists.threads, "Threads (all physical cores that may be used)")
      .value_name("N,...");
  Option& lengths = arguments
                        .add_option("--lengths", &options->lengths,
                                    "Sequences of the lengths in a file: on each line a length, and how often")
                        .value_name("FILE")
                        .path();
  add_input_file_options(arguments, options->input);
  seq_len.excludes(lengths);
  seq_len.excludes(arguments.option("--input"));
  lengths.excludes(arguments.option("--input"));
  add_sampling_options(arguments, *options);
  add_verdict_options(arguments, *options);
  add_server_options(arguments, *options);
  add_format_option(arguments, options->format, {"table", "md", "csv", "json", "jsonl"});
  arguments.add_option("--html", &options->html, "Write the report with plots as a page there")
      .value_name("FILE")
      .path();
  add_isa_option(arguments, options->classifier);
  add_blas_option(arguments, options->classifier);
  add_embeddings_option(arguments, options->classifier.embeddings, "Word embeddings in memory");
  return {&arguments, [options] { bench(*options); }};
}

}  // namespace fbert
