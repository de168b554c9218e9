#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cli/bench/results.h"
#include "cli/bench/run.h"
#include "cli/report/terminal.h"

// The server scenario: requests come when they come, not when the one before is done (MLPerf Inference's "Server").
namespace fbert {

struct ServerLoad {
  double qps = 0;  // arrivals per second, on average
  double seconds = 10;
  uint64_t seed = 20;
};

// Times of arrival from 0, in seconds: a Poisson process. They are fixed before the first request, and latency counts
// from them: a request that has to wait because the one before is late counts its waiting, which a client that sends
// one request after another would leave out ("coordinated omission", G. Tene, "How NOT to Measure Latency", 2015).
std::vector<double> poisson_arrivals(const ServerLoad& load);

// Latencies in ms of requests that arrive at these times and are served by `workers` in the order of arrival.
// `serve(worker, index)` is called from as many threads; it must not throw.
std::vector<double> serve_arrivals(std::span<const double> arrivals, int workers,
                                   const std::function<void(int worker, size_t index)>& serve);

struct ServerResult {
  std::string variant;
  double qps = 0;       // offered
  double achieved = 0;  // requests done per second
  size_t n = 0;
  double mean = 0;
  double p50 = 0;
  double p90 = 0;  // percentiles are NaN where n does not support them
  double p99 = 0;  //
  double max = 0;
  double slo_p99 = 0;  // ms; NaN without one
  bool meets_slo = false;
  bool searched = false;  // qps is the greatest found that meets the objective
  std::vector<double> samples{};
};

ServerResult summarize_server(const std::vector<double>& latencies, const ServerLoad& load, double slo_p99);

// The greatest rate for which `meets(qps)` is true, to 5 %: doubles from `start`, then bisects. None when not even a
// 64th of `start` is. `meets` is asked twice before a rate is given up, because one burst is no verdict.
std::optional<double> greatest_rate(double start, const std::function<bool(double qps)>& meets);

struct ServerRequest {
  BenchRequest bench;         // its first setting counts: the length, and as many workers as threads
  std::optional<double> qps;  // none: search for the greatest
  double slo_p99 = 0;         // ms; NaN: none
  double seconds = 10;        // of a run
};

struct ServerReport {
  std::string model;
  std::string input;
  BenchSetting setting{};
  BenchSystem system;
  BenchNoise noise;
  std::vector<ServerResult> results;  // by variant
};

// Each variant for itself; requests go to single-threaded workers that share the weights.
ServerReport run_server_bench(const ServerRequest& request);

// bench_server_report.cc
std::string to_json(const ServerReport& report);
std::string to_jsonl(const ServerReport& report);
std::string to_text(const ServerReport& report, size_t columns = kUnlimited);
std::string to_csv(const ServerReport& report);
std::string to_markdown(const ServerReport& report);

}  // namespace fbert
