#include "cli/inspect/cpu.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "cli/options.h"
#include "cli/report/json_report.h"
#include "cli/report/table.h"
#include "engine/gemm_f32.h"
#include "fbert/error.h"
#include "fbert/model.h"
#include "fbert/threads.h"
#include "kernels/cpu.h"
#include "kernels/kernels.h"

namespace fbert {
namespace {

// Measured on a core of an AMD Zen 4 at 3.5 GHz, 64 rows, K = 768, N = 3072, and for float32 with OpenBLAS' kernels for
// the same instruction set: 1.1 against 9.9 billion multiply-adds a second in ref, 75 against 47 in avx2, 86 against 43
// in avx512, 223 against 43 in avx512_vnni. avx_vnni has half the width of avx512_vnni.
std::string int8_outlook(std::string_view table) {
  if (table == "ref") return "does not pay: in plain C++ its products take about 9 times as long as those of OpenBLAS in fp32";
  if (table == "avx2") return "pays less than with VNNI: 1.2 to 1.6 times the products of fp32";
  if (table == "avx512") {
    return "may not pay: without VNNI it has, by the CPU, once to twice the products of fp32";
  }
  if (table == "avx_vnni") return "pays: VNNI on 256 bits, about 4 times the products of fp32";
  return "pays: VNNI on 512 bits, about 4 times the products of fp32";
}

OrderedJson names_of(uint32_t features) {
  OrderedJson names = OrderedJson::array();
  for (uint32_t bit = 1; bit != 0; bit <<= 1) {
    if ((features & bit) == 0) continue;
    const char* name = kernels::feature_name(static_cast<kernels::CpuFeature>(bit));
    names.push_back(name != nullptr ? name : "unknown");
  }
  return names;
}

OrderedJson tables() {
  OrderedJson list = OrderedJson::array();
  for (size_t i = 0; i < kernels::all_tables().count; ++i) {
    const kernels::KernelTable& table = *kernels::all_tables().tables[i];
    list.push_back({{"name", table.name},
                    {"description", table.description},
                    {"supported", kernels::supported(table)},
                    {"missing", names_of(table.required & ~kernels::cpu_features())}});
  }
  return list;
}

std::string first_line(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::string line;
  std::getline(in, line);
  return line;
}

// "32K" or "32M" as the kernel writes it; null where it says nothing.
OrderedJson bytes_of(const std::string& size) {
  size_t digits = 0;
  uint64_t value = 0;
  for (; digits < size.size() && digits < 12 && size[digits] >= '0' && size[digits] <= '9'; ++digits) {
    value = value * 10 + static_cast<uint64_t>(size[digits] - '0');
  }
  if (digits == 0) return nullptr;
  const std::string_view unit = std::string_view(size).substr(digits);
  return value << (unit == "K" ? 10 : unit == "M" ? 20 : unit == "G" ? 30 : 0);
}

// Of the first processor: data and unified caches.
OrderedJson caches(const std::filesystem::path& root) {
  OrderedJson list = OrderedJson::array();
  for (int index = 0;; ++index) {
    const std::filesystem::path cache = root / fmt::format("sys/devices/system/cpu/cpu0/cache/index{}", index);
    const std::string level = first_line(cache / "level");
    if (level.empty()) return list;
    const std::string type = first_line(cache / "type");
    if (type == "Instruction") continue;
    list.push_back({{"name", "L" + level + (type == "Data" ? "d" : "")},
                    {"bytes", bytes_of(first_line(cache / "size"))},
                    {"shared_by_processors", first_line(cache / "shared_cpu_list")}});
  }
}

// "always [madvise] never" -> "madvise"; null where the kernel has none.
OrderedJson huge_pages(const std::filesystem::path& root) {
  const std::string modes = first_line(root / "sys/kernel/mm/transparent_hugepage/enabled");
  const size_t begin = modes.find('[');
  const size_t end = modes.find(']', begin);
  if (begin == std::string::npos || end == std::string::npos) return nullptr;
  return modes.substr(begin + 1, end - begin - 1);
}

std::string joined(const OrderedJson& names) {
  std::string text;
  for (const OrderedJson& name : names) text += (text.empty() ? "" : ", ") + name.get<std::string>();
  return text.empty() ? "none" : text;
}

std::string size_text(const OrderedJson& bytes) {
  if (bytes.is_null()) return "unknown";
  const auto kib = bytes.get<uint64_t>() >> 10;
  return kib >= 1024 && kib % 1024 == 0 ? fmt::format("{} MiB", kib / 1024) : fmt::format("{} KiB", kib);
}

// What --blas openblas would run with here.
std::string describe_blas() {
  try {
    gemm_f32::prepare();
    return gemm_f32::description();
  } catch (const Error& error) {
    return std::string("none: ") + error.what();
  }
}

}  // namespace

OrderedJson inspect_cpu(const ClassifierOptions& options, const std::filesystem::path& root) {
  const IsaDecision chosen = decide_isa(options.isa);
  const BlasDecision floats = decide_blas(options.blas, Precision::kF32);
  const std::string openblas = describe_blas();
  const ThreadDecision team = decide_threads(options.threads);
  const kernels::SavedStates saved = kernels::saved_states();
  OrderedJson report = {
      {"cpu", kernels::cpu_brand()},
      {"features", names_of(kernels::cpu_features())},
      {"saved_by_system", {{"ymm", saved.ymm}, {"zmm", saved.zmm}, {"tiles", saved.tiles}}},
      {"tables", tables()},
      {"isa", {{"name", chosen.table->name}, {"reason", isa_reason(options.isa, chosen)}}},
      {"int8", int8_outlook(chosen.table->name)},
      {"fp32", floats.blas == Blas::kOwn ? blas_text(options.blas, floats) : openblas},
      {"blas", openblas},
  };
  report["processors"] = {{"online", ::sysconf(_SC_NPROCESSORS_ONLN)},
                          {"allowed", allowed_processors()},
                          {"allowed_cores", allowed_cores(root)}};
  const std::optional<double> quota = cgroup_cpu_quota(root);
  report["cgroup_quota"] = quota ? OrderedJson(*quota) : OrderedJson();
  report["threads"] = {{"count", team.threads}, {"reason", threads_reason(options.threads, team)}};
  report["caches"] = caches(root);
  report["transparent_huge_pages"] = huge_pages(root);
  return report;
}

std::string describe_cpu(const OrderedJson& report, size_t columns) {
  std::string out;
  const auto row = [&](std::string_view name, const std::string& value) {
    append_field(out, name, value, 14, columns);
  };
  const auto decision = [&report](const char* key, const char* what) {
    return fmt::format("{}: {}",
                       report[key][what].is_string() ? report[key][what].get<std::string>() : report[key][what].dump(),
                       report[key]["reason"].get<std::string>());
  };
  row("cpu", report["cpu"].get<std::string>());
  row("features", joined(report["features"]));
  OrderedJson saved = OrderedJson::array();
  for (const auto& [state, is_saved] : report["saved_by_system"].items()) {
    if (is_saved.get<bool>()) saved.push_back(state);
  }
  row("saved states", joined(saved));
  row("isa", decision("isa", "name"));
  row("int8", report["int8"].get<std::string>());
  row("fp32", report["fp32"].get<std::string>());
  row("blas", report["blas"].get<std::string>());
  const OrderedJson& processors = report["processors"];
  row("processors", fmt::format("{} online, {} allowed by the affinity mask on {} physical cores",
                                processors["online"].get<int64_t>(), processors["allowed"].get<int>(),
                                processors["allowed_cores"].get<int>()));
  row("cgroup quota",
      report["cgroup_quota"].is_null() ? "none" : fmt::format("{:.2f} CPUs", report["cgroup_quota"].get<double>()));
  row("threads", decision("threads", "count"));
  std::string caches;
  for (const OrderedJson& cache : report["caches"]) {
    caches +=
        fmt::format("{}{} {}", caches.empty() ? "" : ", ", cache["name"].get<std::string>(), size_text(cache["bytes"]));
  }
  row("caches", caches.empty() ? "unknown" : caches);
  const OrderedJson& pages = report["transparent_huge_pages"];
  row("huge pages", pages.is_null() ? "not known to this kernel" : pages.get<std::string>());
  Table tables{.columns = {{"table", true}, {"runs here", true}, {"what it needs", true}}, .rows = {}, .prose = true};
  for (const OrderedJson& table : report["tables"]) {
    tables.rows.push_back({table["name"].get<std::string>(),
                           table["supported"].get<bool>() ? "yes" : "no, without " + joined(table["missing"]),
                           table["description"].get<std::string>()});
  }
  return out + '\n' + tables.text(columns);
}

}  // namespace fbert
