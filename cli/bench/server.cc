#include "cli/bench/server.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <random>
#include <system_error>
#include <thread>

#include <fmt/format.h>

#include "cli/bench/inputs.h"
#include "cli/bench/noise.h"
#include "cli/bench/system.h"
#include "cli/notes.h"
#include "cli/report/progress.h"
#include "fbert/quantize.h"
#include "kernels/kernels.h"
#include "metrics/statistics.h"
#include "pipelines/batching.h"
#include "pipelines/load_options.h"

namespace fbert {
namespace {

using Clock = std::chrono::steady_clock;

// The system wakes a sleeper late; the rest of the time is spent looking at the clock.
constexpr auto kWakeEarly = std::chrono::microseconds(200);

void wait_until(Clock::time_point time) {
  if (time - Clock::now() > kWakeEarly) std::this_thread::sleep_until(time - kWakeEarly);
  while (Clock::now() < time) std::this_thread::yield();
}

}  // namespace

std::vector<double> poisson_arrivals(const ServerLoad& load) {
  std::mt19937_64 random(load.seed);
  std::exponential_distribution<double> gap(load.qps);
  std::vector<double> arrivals;
  for (double time = gap(random); time < load.seconds; time += gap(random)) arrivals.push_back(time);
  if (arrivals.empty()) arrivals.push_back(0);
  return arrivals;
}

std::vector<double> serve_arrivals(std::span<const double> arrivals, int workers,
                                   const std::function<void(int worker, size_t index)>& serve) {
  std::vector<double> latencies(arrivals.size());
  std::atomic<size_t> next{0};
  const auto start = Clock::now() + std::chrono::milliseconds(10);
  const auto work = [&](int worker) {
    for (size_t i = next++; i < arrivals.size(); i = next++) {
      const auto arrival =
          start + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(arrivals[i]));
      wait_until(arrival);
      serve(worker, i);
      latencies[i] = std::chrono::duration<double, std::milli>(Clock::now() - arrival).count();
    }
  };
  {
    std::vector<std::jthread> threads;
    try {
      for (int worker = 1; worker < workers; ++worker) threads.emplace_back(work, worker);
    } catch (const std::system_error& error) {
      next = arrivals.size();
      throw Error(ErrorCode::kData, fmt::format("cannot start {} threads: {}", workers, error.code().message()));
    }
    work(0);
  }
  return latencies;
}

ServerResult summarize_server(const std::vector<double>& latencies, const ServerLoad& load, double slo_p99) {
  const auto supported = [&](double p) {
    return supports_percentile(latencies.size(), p) ? percentile(latencies, p) : kNan;
  };
  ServerResult result;
  result.qps = load.qps;
  result.n = latencies.size();
  result.mean = mean(latencies);
  result.p50 = median(latencies);
  result.p90 = supported(90);
  result.p99 = supported(99);
  result.max = *std::max_element(latencies.begin(), latencies.end());
  const double last = std::max(load.seconds, load.seconds + latencies.back() / 1e3);
  result.achieved = static_cast<double>(latencies.size()) / last;
  result.slo_p99 = slo_p99;
  result.meets_slo = result.p99 <= slo_p99;
  result.samples = latencies;
  return result;
}

std::optional<double> greatest_rate(double start, const std::function<bool(double qps)>& meets) {
  const auto asked_twice = [&](double qps) { return meets(qps) || meets(qps); };
  double good = start;
  double bad = 0;
  if (asked_twice(start)) {
    for (bad = 2 * start; asked_twice(bad); bad *= 2) good = bad;
  } else {
    for (bad = start; good > start / 64; bad = good) {
      good /= 2;
      if (asked_twice(good)) break;
    }
    if (bad == good) return {};
  }
  while (bad / good > 1.05) {
    const double middle = std::sqrt(good * bad);
    (asked_twice(middle) ? good : bad) = middle;
  }
  return good;
}

namespace {

// One variant, served by single-threaded workers.
class Server {
 public:
  Server(const Variant& variant, const BenchRequest& request, const BenchSetting& setting)
      : model_(load_model(variant.folder, load_options(variant.options))) {
    report_notes(model_.config().notes);
    if (model_.config().classification() == nullptr) {
      throw Error(ErrorCode::kUnsupported, fmt::format("{}: the model has no classification head to serve",
                                                       escaped(variant.folder.path().string())));
    }
    for (const TokenBatch& batch : random_batches(setting, request.lengths, model_.config().vocab_size)) {
      batches_.push_back(pack(model_.config(), batch));
    }
    for (int i = 0; i < setting.threads; ++i) {
      workers_.emplace_back(model_, 1);
      outputs_.emplace_back(output_size(model_.config(), setting.batch, 0));
      for (const PackedBatch& batch : batches_) {
        workers_.back().reserve(batch.tokens(), batch.sequences(), batch.max_sequence());
      }
    }
    for (size_t i = 0; i < 20 * workers_.size(); ++i) serve(static_cast<int>(i % workers_.size()), i);
  }

  void serve(int worker, size_t index) {
    const auto w = static_cast<size_t>(worker);
    model_.forward(batches_[index % batches_.size()], workers_[w], outputs_[w]);
  }

  ServerResult run(const ServerLoad& load, double slo_p99) {
    const std::vector<double> arrivals = poisson_arrivals(load);
    return summarize_server(
        serve_arrivals(arrivals, static_cast<int>(workers_.size()), [this](int w, size_t i) { serve(w, i); }), load,
        slo_p99);
  }

  // Requests per second when the workers are never idle.
  double capacity() {
    const std::vector<double> at_once(50 * workers_.size(), 0.0);
    const auto start = Clock::now();
    serve_arrivals(at_once, static_cast<int>(workers_.size()), [this](int w, size_t i) { serve(w, i); });
    return static_cast<double>(at_once.size()) / std::chrono::duration<double>(Clock::now() - start).count();
  }

  const Model& model() const { return model_; }

 private:
  Model model_;
  std::vector<PackedBatch> batches_;
  std::vector<Context> workers_;
  std::vector<std::vector<float>> outputs_;
};

// Long enough for a p99.
double seconds_for(double qps, double least) { return std::max(least, 1100 / qps); }

ServerResult search(Server& server, const ServerRequest& request, const std::function<void()>& after_run) {
  std::optional<ServerResult> best;
  ServerResult last;
  uint64_t seed = 20;
  const auto meets = [&](double qps) {
    const ServerLoad load{.qps = qps, .seconds = seconds_for(qps, request.seconds), .seed = seed++};
    last = server.run(load, request.slo_p99);
    after_run();
    if (last.meets_slo && (!best || last.qps > best->qps)) best = last;
    return last.meets_slo;
  };
  const auto rate = greatest_rate(server.capacity() / 2, meets);
  ServerResult result = rate && best ? *best : last;
  result.searched = true;
  return result;
}

}  // namespace

ServerReport run_server_bench(const ServerRequest& request) {
  const BenchRequest& bench = request.bench;
  ServerReport report;
  report.model = bench.variants.front().folder.path().string();
  report.input = bench.input;
  report.setting = bench.settings.front();
  report.system = describe_system();
  report.system.threads_reason = bench.threads_reason;
  Progress progress(false, "runs");
  NoiseWatch watch;
  int64_t runs = 0;
  for (const Variant& variant : bench.variants) {
    Server server(variant, bench, report.setting);
    report.system.isa = server.model().isa().table->name;
    report.system.isa_reason = isa_reason(variant.options.isa, server.model().isa());
    if (report.system.blas.empty() || server.model().precision() == Precision::kF32) {
      report.system.blas = blas_text(variant.options.blas, server.model().blas());
    }
    const auto after_run = [&] {
      watch.look();
      progress.update(++runs);
    };
    const double qps = request.qps.value_or(0);
    ServerResult result = request.qps
                              ? server.run({.qps = qps, .seconds = seconds_for(qps, request.seconds)}, request.slo_p99)
                              : search(server, request, after_run);
    after_run();
    result.variant = variant.name;
    report.results.push_back(std::move(result));
  }
  report.noise = watch.finish();
  report.noise.warnings = noise_warnings(report.noise, report.system, report.setting.threads);
  return report;
}

}  // namespace fbert
