#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "kernels/cpu.h"
#include "kernels/kernels.h"

// Time per element of the float kernels, for each table that this CPU can run. Sizes are those of BERT: 32
// tokens, hidden size 768 (or 312), 3072 intermediate features, attention rows of 20 to 512 scores.
//
//   float_kernels --benchmark_filter=avx512 --benchmark_repetitions=5 --benchmark_report_aggregates_only
namespace {

using fbert::kernels::KernelTable;

constexpr size_t kRows = 32;

std::vector<float> normal_values(size_t n, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> x(n);
  std::generate(x.begin(), x.end(), [&] { return normal(random); });
  return x;
}

// Runs `step` and reports time per element.
template <typename Step>
void measure(benchmark::State& state, size_t elements, Step step) {
  for (auto _ : state) {
    step();
    benchmark::ClobberMemory();
  }
  const auto total = static_cast<double>(state.iterations()) * static_cast<double>(elements);
  state.counters["per_element"] = benchmark::Counter(total, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void add_layer_norm(benchmark::State& state, const KernelTable& table) {
  const auto n = static_cast<size_t>(state.range(0));
  const auto x = normal_values(kRows * n, 1), residual = normal_values(kRows * n, 2);
  const auto gamma = normal_values(n, 3), beta = normal_values(n, 4);
  std::vector<float> y(kRows * n);
  measure(state, kRows * n, [&] {
    table.add_layer_norm(x.data(), n, residual.data(), n, gamma.data(), beta.data(), 1e-12f, y.data(), n, kRows, n);
  });
}

void softmax(benchmark::State& state, const KernelTable& table) {
  const auto n = static_cast<size_t>(state.range(0));
  auto x = normal_values(kRows * n, 1);
  measure(state, kRows * n, [&] { table.softmax(x.data(), n, 0.125f, kRows, n); });
}

using Activation = void (*KernelTable::*)(float*, size_t, const float*, size_t, size_t);

void activation(benchmark::State& state, const KernelTable& table, Activation function) {
  const auto n = static_cast<size_t>(state.range(0));
  auto bias = normal_values(n, 2);
  for (float& b : bias) b = -std::abs(b);  // else the values grow from one iteration to the next
  auto x = normal_values(8 * n, 1);
  measure(state, 8 * n, [&] { (table.*function)(x.data(), n, bias.data(), 8, n); });
}

using Elementwise = void (*KernelTable::*)(const float*, float*, size_t);

void elementwise(benchmark::State& state, const KernelTable& table, Elementwise function) {
  const auto n = static_cast<size_t>(state.range(0));
  const auto x = normal_values(n, 1);
  std::vector<float> y(n);
  measure(state, n, [&] { (table.*function)(x.data(), y.data(), n); });
}

void dot(benchmark::State& state, const KernelTable& table) {
  const auto n = static_cast<size_t>(state.range(0));
  const auto a = normal_values(n, 1), b = normal_values(n, 2);
  measure(state, n, [&] { benchmark::DoNotOptimize(table.dot(a.data(), b.data(), n)); });
}

void register_table(const KernelTable& table) {
  const std::string prefix = std::string(table.name) + "/";
  const auto add = [&](const char* name, auto... arguments) {
    return benchmark::RegisterBenchmark((prefix + name).c_str(), arguments...);
  };
  add("add_layer_norm", add_layer_norm, table)->Arg(312)->Arg(768);
  for (const int64_t n : {16, 20, 32, 64, 128, 512}) add("softmax", softmax, table)->Arg(n);
  for (const auto& [name, function] : {std::pair<const char*, Activation>{"bias", &KernelTable::bias},
                                       {"bias_gelu", &KernelTable::bias_gelu},
                                       {"bias_gelu_tanh", &KernelTable::bias_gelu_tanh},
                                       {"bias_relu", &KernelTable::bias_relu},
                                       {"bias_tanh", &KernelTable::bias_tanh}}) {
    add(name, activation, table, function)->Arg(3072);
  }
  for (const auto& [name, function] : {std::pair<const char*, Elementwise>{"exp", &KernelTable::exp},
                                       {"erf", &KernelTable::erf},
                                       {"tanh", &KernelTable::tanh},
                                       {"sigmoid", &KernelTable::sigmoid}}) {
    add(name, elementwise, table, function)->Arg(4096);
  }
  add("dot", dot, table)->Arg(768);
}

}  // namespace

int main(int argc, char** argv) {
  const fbert::kernels::TableList list = fbert::kernels::all_tables();
  for (size_t i = 0; i < list.count; ++i) {
    if (fbert::kernels::supported(*list.tables[i])) register_table(*list.tables[i]);
  }
  benchmark::AddCustomContext("cpu", fbert::kernels::cpu_brand());
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
