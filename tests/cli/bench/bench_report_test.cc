#include "cli/bench/report.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "cli/bench/baseline.h"
#include "cli/bench/noise.h"
#include "cli/bench/statistics.h"
#include "data/format.h"
#include "fbert/error.h"
#include "tests/cli/rows.h"
#include "tests/support/paths.h"
#include "tests/support/tiny_model.h"

namespace fbert::bench_report_test {
namespace {

using testing::error_of;

// `n` samples around a mean, of an even spread.
BenchCase case_of(size_t variant, double mean, size_t n = 1200) {
  BenchCase one;
  one.variant = variant;
  one.setting = {.seq_len = 64, .batch = 2, .threads = 1};
  one.block = 4;
  for (size_t i = 0; i < n; ++i) one.samples.push_back(mean * (1 + 0.001 * static_cast<double>(i % 7)));
  one.time = summarize(one.samples, one.block);
  one.sequences_per_second = 2000 / mean;
  one.tokens_per_second = 128000 / mean;
  one.stages = BenchStages{.tokenize = std::nan(""), .linear = 1};
  return one;
}

BenchReport report_of(double first, double second) {
  BenchReport report;
  report.model = "models/mine";
  report.input = "random tokens";
  report.system.cpu = "A CPU";
  report.system.isa = "ref";
  for (const char* name : {"fp32", "int8"}) {
    BenchVariant& variant = report.variants.emplace_back();
    variant.name = variant.precision = name;
    variant.folder = "models/mine";
  }
  report.cases = {case_of(0, first), case_of(1, second)};
  report.cases[1].ratio = compare_rounds(report.cases[1].samples, report.cases[0].samples, 4);
  return report;
}

TEST(BenchReport, JsonHoldsEverySample) {
  const auto json = nlohmann::json::parse(to_json(report_of(2, 1)));
  EXPECT_EQ(json["schema"], 1);
  ASSERT_EQ(json["cases"].size(), 2u);
  const auto& one = json["cases"][1];
  EXPECT_EQ(one["variant"], "int8");
  EXPECT_EQ(one["seq_len"], 64);
  EXPECT_EQ(one["samples_ms"].size(), 1200u);
  EXPECT_EQ(one["ratio"]["verdict"], "faster");
  EXPECT_TRUE(one["p999_ms"].is_null());
  EXPECT_TRUE(one["stages_ms"]["tokenize"].is_null());
  EXPECT_TRUE(json["cases"][0]["ratio"].is_null());
}

TEST(BenchReport, JsonlAndCsvHaveALineForEachCase) {
  const BenchReport report = report_of(2, 1);
  const std::string jsonl = to_jsonl(report);
  EXPECT_EQ(std::count(jsonl.begin(), jsonl.end(), '\n'), 2);
  EXPECT_EQ(nlohmann::json::parse(jsonl.substr(0, jsonl.find('\n')))["variant"], "fp32");
  const std::string csv = to_csv(report);
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 3);
  const auto commas = [&](size_t begin) {
    return std::count(csv.begin() + static_cast<long>(begin), csv.begin() + static_cast<long>(csv.find('\n', begin)),
                      ',');
  };
  EXPECT_EQ(commas(0), commas(csv.find('\n') + 1));
}

TEST(BenchReport, TablesGiveUpColumnsWhereTheTerminalIsNarrow) {
  const BenchReport report = report_of(2, 1);
  EXPECT_NE(to_text(report).find("p95"), std::string::npos);
  for (const size_t width : {100u, 80u, 66u}) {
    const std::string text = to_text(report, width);
    const size_t tables = text.find("\n\n");
    for (size_t begin = tables; begin < text.size();) {
      const size_t end = text.find('\n', begin);
      EXPECT_LE(display_width(text.substr(begin, end - begin)), width);
      begin = end + 1;
    }
    EXPECT_NE(text.find("mean ms"), std::string::npos);
    EXPECT_NE(text.find("faster"), std::string::npos);
  }
}

TEST(BenchReport, MarkdownHasTheColumnsThatPeoplePublish) {
  const std::string text = to_markdown(report_of(2, 1));
  const std::string heading = text.substr(0, text.find('\n'));
  for (const char* column : {"Model", "variant", "Size (MB)", "Latency mean (ms)", "Std (ms)", "IPS"}) {
    EXPECT_NE(heading.find(column), std::string::npos) << column;
  }
  EXPECT_NE(text.find("| mine "), std::string::npos);
}

TEST(BenchBaseline, FailsOnlyBeyondTheLimit) {
  const Baseline baseline = parse_baseline(to_json(report_of(2, 1)), "old.json");
  BenchReport slower = report_of(2, 1.08);
  EXPECT_EQ(compare_with_baseline(baseline, slower), "");
  ASSERT_TRUE(slower.cases[0].regression && slower.cases[1].regression);
  EXPECT_EQ(slower.cases[0].regression->verdict, Verdict::kNotDistinguishable);
  EXPECT_EQ(slower.cases[1].regression->verdict, Verdict::kSlower);
  EXPECT_EQ(regressions(slower, 0.05).size(), 1u);
  EXPECT_EQ(regressions(slower, 0.05)[0].find("int8, seq-len 64, batch 2, threads 1 is 8.0 % slower"), 0u);
  EXPECT_TRUE(regressions(slower, 0.10).empty());
  EXPECT_NE(to_text(slower).find("time / baseline"), std::string::npos);
}

TEST(BenchBaseline, OfAnotherMachineOrInputIsNoted) {
  const Baseline baseline = parse_baseline(to_json(report_of(2, 1)), "old.json");
  BenchReport elsewhere = report_of(2, 1);
  elsewhere.system.cpu = "Another CPU";
  EXPECT_NE(compare_with_baseline(baseline, elsewhere), "");
  BenchReport other_input = report_of(2, 1);
  other_input.input = "texts.csv";
  EXPECT_NE(error_of([&] { compare_with_baseline(baseline, other_input); }), "");
  BenchReport other_setting = report_of(2, 1);
  for (BenchCase& one : other_setting.cases) one.setting.seq_len = 32;
  EXPECT_NE(error_of([&] { compare_with_baseline(baseline, other_setting); }).find("none of the variants"),
            std::string::npos);
}

TEST(BenchBaseline, BadFilesAreErrorsThatNameTheKey) {
  EXPECT_NE(error_of([] { parse_baseline("[]", "x"); }), "");
  EXPECT_NE(error_of([] { parse_baseline("{}", "x"); }).find("input"), std::string::npos);
  std::string text = to_json(report_of(2, 1));
  text.replace(text.find("\"samples_ms\":[2."), 16, "\"samples_ms\":[-2");
  EXPECT_NE(error_of([&] { parse_baseline(text, "x"); }).find("samples_ms"), std::string::npos);
}

TEST(BenchBaseline, ReadsPercentages) {
  EXPECT_DOUBLE_EQ(parse_percent("5%", "--o"), 0.05);
  EXPECT_DOUBLE_EQ(parse_percent("2.5 %", "--o"), 0.025);
  for (const char* wrong : {"5", "", "%", "x%", "0%", "-1%", "1e9%"}) {
    EXPECT_NE(error_of([&] { parse_percent(wrong, "--o"); }).find("--o: "), std::string::npos) << wrong;
  }
}

TEST(BenchBaseline, TakesAccuracyFromAnEvaluation) {
  const testing::TemporaryFolder folder;
  const auto path = folder.path() / "eval.json";
  testing::write_text(path, R"({"variants": [{"name": "int8", "accuracy": 0.875}, {"name": "x", "accuracy": 1}]})");
  BenchReport report = report_of(2, 1);
  add_accuracy(path.string(), report);
  EXPECT_FALSE(report.variants[0].accuracy.has_value());
  EXPECT_EQ(report.variants[1].accuracy, 0.875);
  EXPECT_NE(to_text(report).find("0.8750"), std::string::npos);
}

TEST(BenchNoise, CountersComeFromTheSystem) {
  const testing::TemporaryFolder root;
  for (const char* name : {"proc/self", "sys/fs/cgroup/a/b"}) std::filesystem::create_directories(root.path() / name);
  std::string stat = "cpu  9 9 9 9 9 9 9 9 9 9\n";
  for (int cpu = 0; cpu < 1024; ++cpu) stat += "cpu" + std::to_string(cpu) + " 100 200 300 400 500 600 700 800 1 1\n";
  testing::write_text(root.path() / "proc/stat", stat + "intr 1\n");
  testing::write_text(root.path() / "proc/self/cgroup", "0::/a/b\n");
  testing::write_text(root.path() / "proc/cpuinfo", "cpu MHz\t\t: 2596.5\ncpu MHz : 3000\n");
  testing::write_text(root.path() / "sys/fs/cgroup/a/b/cpu.stat", "usage_usec 5\nnr_throttled 7\n");
  const NoiseCounters counters = read_noise_counters(root.path());
  EXPECT_GT(counters.busy_seconds, 0);
  EXPECT_NEAR(counters.busy_seconds / counters.stolen_seconds, 1900.0 / 800, 1e-9);
  EXPECT_EQ(counters.throttled_periods, 7);
  EXPECT_EQ(cpu_frequencies(root.path()), (std::vector<double>{2596.5, 3000}));
}

TEST(BenchNoise, EverySignGetsItsWarning) {
  BenchNoise noise;
  BenchSystem system;
  system.governor = "performance";
  EXPECT_TRUE(noise_warnings(noise, system, 1).empty());
  noise.other_load = 10000;
  noise.stolen = 10000;
  noise.switches_per_second = 1000;
  noise.throttled_periods = 1;
  noise.thermal_events = 1;
  noise.min_mhz = 1000;
  noise.max_mhz = 2000;
  system.governor = "powersave";
  EXPECT_EQ(noise_warnings(noise, system, 1).size(), 7u);
  BenchReport report = report_of(2, 1);
  EXPECT_TRUE(sample_warnings(report).empty());
  report.cases[0].stable = false;
  report.cases[0].warmup_runs = 100;
  report.cases[0].outliers = 500;
  report.cases[1].time.std = 1;
  EXPECT_EQ(sample_warnings(report).size(), 3u);
}

}  // namespace
}  // namespace fbert::bench_report_test
