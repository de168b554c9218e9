#include "cli/bench/report.h"

#include <cmath>

#include <fmt/format.h>

#include "cli/bench/json.h"
#include "data/format.h"

namespace fbert {
namespace {

OrderedJson interval_json(const Interval& interval) { return {number(interval.low), number(interval.high)}; }

OrderedJson variant_json(const BenchVariant& variant) {
  OrderedJson json = {
      {"name", variant.name},
      {"folder", variant.folder},
      {"precision", variant.precision},
      {"embeddings", variant.embeddings},
      {"sha256", variant.checksum.empty() ? OrderedJson() : OrderedJson(variant.checksum)},
      {"file_bytes", variant.file_bytes},
      {"weight_bytes", variant.weight_bytes},
      {"peak_bytes", number(variant.peak_bytes)},
      {"load_ms", number(variant.load_ms)},
      {"first_label_ms", number(variant.first_label_ms)},
  };
  if (variant.accuracy) json[variant.accuracy_metric] = *variant.accuracy;
  return json;
}

OrderedJson ratio_json(const BenchRatio& ratio) {
  return {{"value", number(ratio.ratio.value)},
          {"ci95", interval_json(ratio.ratio.interval)},
          {"p_value", number(ratio.p_value)},
          {"verdict", to_string(ratio.verdict)}};
}

OrderedJson stages_json(const BenchStages& stages) {
  return {{"tokenize", number(stages.tokenize)}, {"embedding", number(stages.embedding)},
          {"linear", number(stages.linear)},     {"attention", number(stages.attention)},
          {"other", number(stages.other)},       {"head", number(stages.head)}};
}

OrderedJson case_json(const BenchReport& report, const BenchCase& one) {
  const BenchSummary& time = one.time;
  OrderedJson json = {
      {"variant", report.variants[one.variant].name},
      {"seq_len", one.setting.seq_len > 0 ? OrderedJson(one.setting.seq_len) : OrderedJson()},
      {"batch", one.setting.batch},
      {"threads", one.setting.threads},
      {"n", time.n},
      {"mean_ms", number(time.mean)},
      {"mean_ci95_ms", interval_json(time.mean_interval)},
      {"std_ms", number(time.std)},
      {"cv", number(time.cv())},
      {"min_ms", number(time.min)},
      {"p50_ms", number(time.p50)},
      {"p90_ms", number(time.p90)},
      {"p95_ms", number(time.p95)},
      {"p99_ms", number(time.p99)},
      {"p999_ms", number(time.p999)},
      {"max_ms", number(time.max)},
      {"sequences_per_second", number(one.sequences_per_second)},
      {"tokens_per_second", number(one.tokens_per_second)},
      {"cpu_seconds_per_1k", number(one.cpu_seconds_per_1k)},
      {"padding_avoided", number(one.padding_avoided)},
      {"outliers", one.outliers},
      {"warmup_runs", one.warmup_runs},
      {"stable", one.stable},
  };
  json["stages_ms"] = one.stages ? stages_json(*one.stages) : OrderedJson();
  json["ratio"] = one.ratio ? ratio_json(*one.ratio) : OrderedJson();
  if (one.regression) json["against_baseline"] = ratio_json(*one.regression);
  json["block"] = one.block;
  json["samples_ms"] = samples_json(one.samples);
  return json;
}

}  // namespace

std::string to_json(const BenchReport& report) {
  OrderedJson head = {{"schema", kBenchSchema},
                      {"model", report.model},
                      {"input", report.input},
                      {"end_to_end", report.end_to_end},
                      {"system", system_json(report.system)},
                      {"noise", noise_json(report.noise)}};
  for (const BenchVariant& variant : report.variants) head["variants"].push_back(variant_json(variant));
  std::vector<OrderedJson> cases;
  for (const BenchCase& one : report.cases) cases.push_back(case_json(report, one));
  return dump_with_array(head, "cases", cases);
}

std::string to_jsonl(const BenchReport& report) {
  std::string out;
  for (const BenchCase& one : report.cases) {
    OrderedJson line = line_head(report);
    line["end_to_end"] = report.end_to_end;
    line.update(case_json(report, one));
    out += dump(line) + '\n';
  }
  return out;
}

std::string to_csv(const BenchReport& report) {
  std::string out =
      "variant,seq_len,batch,threads,n,mean_ms,mean_ci95_low_ms,mean_ci95_high_ms,std_ms,min_ms,p50_ms,p90_ms,p95_ms,"
      "p99_ms,p999_ms,max_ms,sequences_per_second,tokens_per_second,cpu_seconds_per_1k,padding_avoided,"
      "ratio,ratio_ci95_low,ratio_ci95_high,verdict,file_bytes,weight_bytes,peak_bytes,load_ms,first_label_ms\n";
  for (const BenchCase& one : report.cases) {
    const BenchVariant& variant = report.variants[one.variant];
    const BenchSummary& time = one.time;
    const double unknown = std::nan("");
    const Estimate ratio = one.ratio ? one.ratio->ratio : Estimate{unknown, {unknown, unknown}};
    out += csv_field(variant.name);
    out += fmt::format(",{},{},{},{}", one.setting.seq_len > 0 ? fmt::format("{}", one.setting.seq_len) : "",
                       one.setting.batch, one.setting.threads, time.n);
    for (const double value :
         {time.mean, time.mean_interval.low, time.mean_interval.high, time.std, time.min, time.p50, time.p90, time.p95,
          time.p99, time.p999, time.max, one.sequences_per_second, one.tokens_per_second, one.cpu_seconds_per_1k,
          one.padding_avoided, ratio.value, ratio.interval.low, ratio.interval.high}) {
      out += ',' + csv_number(value);
    }
    out += fmt::format(",{},{},{}", one.ratio ? to_string(one.ratio->verdict) : "", variant.file_bytes,
                       variant.weight_bytes);
    for (const double value : {variant.peak_bytes, variant.load_ms, variant.first_label_ms})
      out += ',' + csv_number(value);
    out += '\n';
  }
  return out;
}

}  // namespace fbert
