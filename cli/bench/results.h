#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "metrics/statistics.h"

// What `fbert bench` found out, as plain data; report.h has the forms that it is printed in. Times are in milliseconds
// and of one call: a forward pass over a batch, or a batch of texts from text to label. NaN where a figure is not
// known. docs/benchmarking.md defines every figure.
namespace fbert {

// The machine and the program.
struct BenchSystem {
  std::string version;   // "0.1.0"
  std::string commit;    // "" where the source was no git work tree
  std::string compiler;  // "GNU 12.2.0, RelWithDebInfo"
  std::string time;      // the start, ISO 8601 in UTC
  std::string cpu;
  int processors = 0;  // on line
  int cores = 0;       // physical, on line
  int sockets = 0;
  int numa_nodes = 0;
  std::string caches;  // "L1d 32 KiB, L2 1 MiB, L3 32 MiB"
  std::string isa;
  std::string isa_reason;
  std::string threads_reason;
  std::string cpu_quota;  // of the cgroups, in CPUs; "none"
  std::string blas;
  std::string kernel;    // of the operating system
  std::string governor;  // "unknown" where the system does not say
  std::string turbo;     // "on", "off", "unknown"
  std::string huge_pages;
  std::string load_average;  // of 1, 5 and 15 minutes, at the start
};

// What other programs and the machine did to the measurement.
struct BenchNoise {
  double other_load = 0;              // CPUs that other programs kept busy, on average
  double stolen = 0;                  // CPUs that the hypervisor took away
  double switches_per_second = 0;     // involuntary context switches of this process
  int64_t throttled_periods = 0;      // of the cgroup quota
  int64_t thermal_events = 0;         // of the cores' thermal throttling
  double min_mhz = 0;                 // seen while measuring; NaN where the system does not say
  double max_mhz = 0;                 //
  std::vector<std::string> warnings;  // one line each; none on a quiet machine
};

// One form of a model; what is measured once for it, in a process of its own.
struct BenchVariant {
  std::string name;  // see Variant
  std::string folder;
  std::string precision;   // "int8"
  std::string embeddings;  // "fp32"
  std::string checksum;    // SHA-256 of the weight files; "" where it was not taken
  size_t file_bytes = 0;
  size_t weight_bytes = 0;         // resident
  double peak_bytes = 0;           // greatest resident memory of a process that loads it and labels one text
  double load_ms = 0;              // files in the page cache
  double first_label_ms = 0;       // load and the first text
  std::optional<double> accuracy;  // by --eval
  std::string accuracy_metric;     // "accuracy", "pearson"
};

// One point of the sweep: the same for all variants.
struct BenchSetting {
  int32_t seq_len = 0;  // tokens of a sequence; 0: as in the file of lengths or texts
  int32_t batch = 1;    // sequences of a call
  int32_t threads = 1;

  bool operator==(const BenchSetting&) const = default;
};

struct BenchSummary {
  size_t n = 0;
  double mean = 0;
  Interval mean_interval{};  // 95 %, from the means of rounds
  double std = 0;
  double min = 0;
  double p50 = 0;
  double p90 = 0;   // percentiles are NaN where n does not support them
  double p95 = 0;   //
  double p99 = 0;   //
  double p999 = 0;  //
  double max = 0;

  double cv() const { return std / mean; }
};

// Where the time of a call goes, from calls of their own.
struct BenchStages {
  double tokenize = 0;  // NaN without a tokenizer
  double embedding = 0;
  double linear = 0;
  double attention = 0;
  double other = 0;  // LayerNorm, quantising, gathering
  double head = 0;
};

enum class Verdict { kFaster, kSlower, kNotDistinguishable };
const char* to_string(Verdict verdict);  // "faster", "slower", "not distinguishable"

// The time of a variant over that of the first one.
struct BenchRatio {
  Estimate ratio{};    // with its 95 % interval
  double p_value = 1;  // of Wilcoxon's signed-rank test of the rounds
  Verdict verdict = Verdict::kNotDistinguishable;
};

// One variant at one setting.
struct BenchCase {
  size_t variant = 0;  // index into BenchReport::variants
  BenchSetting setting{};
  std::vector<double> samples;  // ms, in the order of measuring
  size_t block = 1;             // so many samples in a row were taken in one round
  int64_t warmup_runs = 0;      // discarded before the first sample
  bool stable = true;           // the warm-up ended because the times were stable
  BenchSummary time{};
  double sequences_per_second = 0;
  double tokens_per_second = 0;            // real tokens
  double cpu_seconds_per_1k = 0;           // CPU time of all threads for a thousand sequences
  double padding_avoided = 0;              // share of the positions that padding to the longest would have added
  size_t outliers = 0;                     // samples above p75 + 3 (p75 - p25)
  std::optional<BenchStages> stages{};     //
  std::optional<BenchRatio> ratio{};       // none of the first variant
  std::optional<BenchRatio> regression{};  // against the baseline
};

struct BenchReport {
  std::string model;
  std::string input;        // "random tokens", or the file of lengths or texts
  bool end_to_end = false;  // a call goes from text to label, not from tokens to scores
  BenchSystem system;
  BenchNoise noise;
  std::vector<BenchVariant> variants;
  std::vector<BenchCase> cases;  // by setting, in it by variant
};

}  // namespace fbert
