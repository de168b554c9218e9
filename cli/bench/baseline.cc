#include "cli/bench/baseline.h"

#include <algorithm>
#include <cstdint>

#include <fmt/format.h>

#include "cli/bench/statistics.h"
#include "data/input.h"
#include "data/text_util.h"
#include "fbert/error.h"
#include "loader/json.h"

namespace fbert {
namespace {

constexpr size_t kMostValues = 20'000'000;
constexpr size_t kMostBytes = size_t{512} << 20;

// Elements of an array of objects.
std::vector<JsonObject> objects(const JsonObject& root, const char* key) {
  const Json& array = root.at(key);
  if (!array.is_array()) root.fail(key, "expected an array");
  std::vector<JsonObject> out;
  for (size_t i = 0; i < array.size(); ++i) out.emplace_back(array[i], root.source(), fmt::format("{}[{}]", key, i));
  return out;
}

Baseline::Case parse_case(const JsonObject& json) {
  Baseline::Case one;
  one.variant = json.string("variant");
  one.setting.seq_len = static_cast<int32_t>(json.integer_or("seq_len", 0, 1, INT32_MAX));
  one.setting.batch = static_cast<int32_t>(json.integer("batch", 1, INT32_MAX));
  one.setting.threads = static_cast<int32_t>(json.integer("threads", 1, INT32_MAX));
  one.block = static_cast<size_t>(json.integer("block", 1, INT32_MAX));
  const Json& samples = json.at("samples_ms");
  if (!samples.is_array() || samples.empty()) json.fail("samples_ms", "expected an array of times");
  for (const Json& sample : samples) {
    if (!sample.is_number() || !(sample.get<double>() > 0)) json.fail("samples_ms", "expected times greater than 0");
    one.samples.push_back(sample.get<double>());
  }
  return one;
}

Baseline baseline_of(const Json& json, const std::string& source) {
  const JsonObject root(json, source);
  Baseline baseline;
  baseline.source = source;
  baseline.input = root.string("input");
  baseline.end_to_end = root.boolean("end_to_end");
  const JsonObject system = root.object("system");
  baseline.cpu = system.string("cpu");
  baseline.isa = system.string("isa");
  for (const JsonObject& one : objects(root, "cases")) baseline.cases.push_back(parse_case(one));
  return baseline;
}

std::string name_of(const BenchReport& report, const BenchCase& one) {
  const std::string seq = one.setting.seq_len > 0 ? fmt::format(", seq-len {}", one.setting.seq_len) : "";
  return fmt::format("{}{}, batch {}, threads {}", report.variants[one.variant].name, seq, one.setting.batch,
                     one.setting.threads);
}

}  // namespace

Baseline load_baseline(const std::string& path) {
  Input input = Input::open(path);
  return parse_baseline(read_all(input, kMostBytes), path);
}

Baseline parse_baseline(std::string_view json, const std::string& source) {
  return baseline_of(parse_json(json, source, kMostValues), source);
}

std::string compare_with_baseline(const Baseline& baseline, BenchReport& report) {
  if (baseline.input != report.input || baseline.end_to_end != report.end_to_end) {
    throw Error(ErrorCode::kData, fmt::format("{}: measured {}, not {}", escaped(baseline.source),
                                              escaped(baseline.input), escaped(report.input)));
  }
  bool any = false;
  for (BenchCase& one : report.cases) {
    const auto found = std::find_if(baseline.cases.begin(), baseline.cases.end(), [&](const Baseline::Case& old) {
      return old.variant == report.variants[one.variant].name && old.setting == one.setting;
    });
    if (found == baseline.cases.end()) continue;
    one.regression = compare_runs(one.samples, one.block, found->samples, found->block);
    any = true;
  }
  if (!any) {
    throw Error(ErrorCode::kData,
                fmt::format("{}: has none of the variants and settings that were measured", escaped(baseline.source)));
  }
  if (baseline.cpu == report.system.cpu && baseline.isa == report.system.isa) return "";
  return fmt::format("the baseline was measured on {} ({}), not on {} ({})", baseline.cpu, baseline.isa,
                     report.system.cpu, report.system.isa);
}

double parse_percent(const std::string& text, const std::string& option) {
  std::string_view number = trimmed(text);
  if (number.ends_with('%')) number.remove_suffix(1);
  const auto percent = number.size() < text.size() ? parse_number(trimmed(number)) : std::nullopt;
  if (percent && *percent > 0 && *percent <= 1000) return *percent / 100;
  throw Error(ErrorCode::kUsage, fmt::format("{}: {} is not a percentage such as 5%", option, escaped(text)));
}

std::vector<std::string> regressions(const BenchReport& report, double limit) {
  std::vector<std::string> lines;
  for (const BenchCase& one : report.cases) {
    if (!one.regression) continue;
    const Estimate& ratio = one.regression->ratio;
    if (!(ratio.value > 1 + limit && one.regression->verdict == Verdict::kSlower)) continue;
    lines.push_back(fmt::format("{} is {:.1f} % slower than in the baseline [{:.1f} %, {:.1f} %]", name_of(report, one),
                                100 * (ratio.value - 1), 100 * (ratio.interval.low - 1),
                                100 * (ratio.interval.high - 1)));
  }
  return lines;
}

void add_accuracy(const std::string& path, BenchReport& report) {
  Input input = Input::open(path);
  const Json json = parse_json(read_all(input, kMostBytes), path);
  const JsonObject root(json, path);
  bool any = false;
  for (const JsonObject& evaluated : objects(root, "variants")) {
    const std::string name = evaluated.string("name");
    for (BenchVariant& variant : report.variants) {
      if (variant.name != name) continue;
      variant.accuracy_metric = evaluated.has("accuracy") ? "accuracy" : "pearson";
      variant.accuracy = evaluated.number(variant.accuracy_metric);
      any = true;
    }
  }
  if (!any)
    throw Error(ErrorCode::kData, fmt::format("{}: has none of the variants that were measured", escaped(path)));
}

}  // namespace fbert
