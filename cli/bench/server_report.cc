#include <cmath>

#include <fmt/format.h>

#include "cli/bench/header.h"
#include "cli/bench/json.h"
#include "cli/bench/server.h"
#include "cli/report/table.h"
#include "data/format.h"

namespace fbert {
namespace {

std::string objective(const ServerResult& result) {
  if (!std::isfinite(result.slo_p99)) return "-";
  return fmt::format("{} {} ms", result.meets_slo ? "yes, p99 <=" : "no, p99 >", result.slo_p99);
}

Table table_of(const ServerReport& report) {
  Table table{{{"variant", true}, {"QPS"}, {"n"}, {"mean ms"}, {"p50"}, {"p90"}, {"p99"}, {"max"}, {"objective", true}},
              {}};
  for (const ServerResult& result : report.results) {
    const bool greatest = result.searched && result.meets_slo;
    table.rows.push_back({result.variant, (greatest ? "max " : "") + format_rate(result.qps),
                          fmt::format("{}", result.n), format_ms(result.mean), format_ms(result.p50),
                          format_ms(result.p90), format_ms(result.p99), format_ms(result.max), objective(result)});
  }
  return table;
}

std::vector<HeaderLine> header(const ServerReport& report) {
  std::vector<HeaderLine> lines = system_header(report.system, report.noise);
  lines.insert(lines.begin() + 1, {"model", report.model});
  const BenchSetting& setting = report.setting;
  lines.push_back({"workers", fmt::format("{}: {}", setting.threads, report.system.threads_reason)});
  lines.push_back(
      {"measured",
       fmt::format("server, Poisson arrivals, latency from arrival; {}, {} tokens, {} per request", report.input,
                   setting.seq_len > 0 ? fmt::format("{}", setting.seq_len) : "mixed", setting.batch)});
  return lines;
}

OrderedJson result_json(const ServerResult& result) {
  return {{"variant", result.variant},
          {"qps", number(result.qps)},
          {"achieved_qps", number(result.achieved)},
          {"searched", result.searched},
          {"n", result.n},
          {"mean_ms", number(result.mean)},
          {"p50_ms", number(result.p50)},
          {"p90_ms", number(result.p90)},
          {"p99_ms", number(result.p99)},
          {"max_ms", number(result.max)},
          {"slo_p99_ms", number(result.slo_p99)},
          {"meets_slo", std::isfinite(result.slo_p99) ? OrderedJson(result.meets_slo) : OrderedJson()},
          {"samples_ms", samples_json(result.samples)}};
}

}  // namespace

std::string to_json(const ServerReport& report) {
  const BenchSetting& setting = report.setting;
  OrderedJson head = {{"schema", kBenchSchema},
                      {"scenario", "server"},
                      {"model", report.model},
                      {"input", report.input},
                      {"seq_len", setting.seq_len > 0 ? OrderedJson(setting.seq_len) : OrderedJson()},
                      {"batch", setting.batch},
                      {"workers", setting.threads},
                      {"system", system_json(report.system)},
                      {"noise", noise_json(report.noise)}};
  std::vector<OrderedJson> results;
  for (const ServerResult& result : report.results) results.push_back(result_json(result));
  return dump_with_array(head, "results", results);
}

std::string to_jsonl(const ServerReport& report) {
  std::string out;
  for (const ServerResult& result : report.results) {
    OrderedJson line = line_head(report);
    line["scenario"] = "server";
    line.update(result_json(result));
    out += dump(line) + '\n';
  }
  return out;
}

std::string to_csv(const ServerReport& report) {
  std::string out = "variant,qps,achieved_qps,searched,n,mean_ms,p50_ms,p90_ms,p99_ms,max_ms,slo_p99_ms,meets_slo\n";
  for (const ServerResult& result : report.results) {
    out += csv_field(result.variant) +
           fmt::format(",{},{},{},{}", csv_number(result.qps), csv_number(result.achieved), result.searched, result.n);
    for (const double value : {result.mean, result.p50, result.p90, result.p99, result.max, result.slo_p99}) {
      out += ',' + csv_number(value);
    }
    out += std::isfinite(result.slo_p99) ? fmt::format(",{}\n", result.meets_slo) : ",\n";
  }
  return out;
}

std::string to_text(const ServerReport& report, size_t columns) {
  std::string out;
  append_header(out, header(report), columns);
  out += '\n' + table_of(report).text(columns);
  append_warnings(out, report.noise, columns);
  return out;
}

std::string to_markdown(const ServerReport& report) {
  std::string out = table_of(report).markdown();
  append_markdown_header(out, header(report), report.noise);
  return out;
}

}  // namespace fbert
