#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <random>
#include <string>
#include <vector>

#include "bench/report.h"
#include "engine/arena.h"
#include "kernels/kernels.h"

// The int8 kernels of each table that this CPU can run, at the shapes of DistilBERT and BERT-base, MiniLM-L6-384 and
// TinyBERT-4L-312. "cache": the same weights in each call; "memory": weights that rotate through more than twice the
// L3.
//
//   int8_kernels --benchmark_filter='avx512_vnni/product/768x3072/.*/memory'
namespace {

using fbert::Activation;
using fbert::bench::measure_gated;
using fbert::bench::measure_gated_values;
using fbert::kernels::kDepthGroup;
using fbert::kernels::KernelTable;
using fbert::kernels::kPanelColumns;
using fbert::kernels::kRowBlock;
using fbert::kernels::QuantizedRow;
using fbert::kernels::round_up;

// Random bytes where the engine has its weights: aligned to cache lines, in huge pages.
class Bytes {
 public:
  explicit Bytes(size_t count) : arena_(count), memory_(arena_.bytes(count)) {
    std::mt19937_64 random(1);
    for (size_t i = 0; i < count / sizeof(uint64_t); ++i) as<uint64_t>()[i] = random();
  }
  template <typename T>
  T* as() const {
    return reinterpret_cast<T*>(memory_);
  }

 private:
  fbert::Arena arena_;
  std::byte* memory_;
};

// Bytes of weights to rotate through. A hypervisor may show one slice of a larger cache, or none.
size_t memory_bytes() {
  const long l3 = ::sysconf(_SC_LEVEL3_CACHE_SIZE);
  return std::clamp<size_t>(l3 > 0 ? 2 * static_cast<size_t>(l3) : 0, size_t{96} << 20, size_t{512} << 20);
}

std::vector<float> normal_values(size_t n) {
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  std::vector<float> x(n);
  std::generate(x.begin(), x.end(), [&] { return normal(random); });
  return x;
}

using Sizes = std::initializer_list<size_t>;

struct Shape {
  size_t depth, columns;
};

void product(benchmark::State& state, const KernelTable& table, Shape shape, size_t rows, bool from_memory,
             Activation activation) {
  const size_t depth = round_up(shape.depth, kDepthGroup);
  const size_t set_bytes = round_up(shape.columns, kPanelColumns) * depth;
  const size_t sets = from_memory ? memory_bytes() / set_bytes + 1 : 1;
  const Bytes a(round_up(rows, kRowBlock) * depth), b(sets * set_bytes);
  const std::vector<QuantizedRow> a_rows(rows, {.scale = 0.01F, .middle = 0.1F});
  const std::vector<float> scales(round_up(shape.columns, kPanelColumns), 0.001F), bias(scales);
  const std::vector<int32_t> start(scales.size(), -1);
  std::vector<float> c(rows * shape.columns);
  size_t set = 0;
  const double macs = static_cast<double>(rows * shape.columns) * static_cast<double>(shape.depth);
  measure_gated(state, macs, 1, [&] {
    const size_t following = (set + 1) % sets;
    table.multiply_int8({.a = a.as<uint8_t>(),
                         .a_rows = a_rows.data(),
                         .rows = rows,
                         .depth_groups = depth / kDepthGroup,
                         .b = b.as<int8_t>() + set * set_bytes,
                         .b_scales = scales.data(),
                         .b_start = start.data(),
                         .bias = bias.data(),
                         .columns = shape.columns,
                         .activation = activation,
                         .c = c.data(),
                         .c_stride = shape.columns,
                         .next = b.as<int8_t>() + following * set_bytes});
    set = following;
  });
}

void float_product(benchmark::State& state, const KernelTable& table, Shape shape, size_t rows, bool from_memory) {
  const size_t set_size = round_up(shape.columns, kPanelColumns) * shape.depth;
  const size_t sets = from_memory ? memory_bytes() / (set_size * sizeof(float)) + 1 : 1;
  const Bytes panels(sets * set_size * sizeof(float));
  std::fill_n(panels.as<float>(), sets * set_size, 0.5F);
  const std::vector<float> x = normal_values(rows * shape.depth), bias(shape.columns);
  std::vector<float> y(rows * shape.columns);
  size_t set = 0;
  const double macs = static_cast<double>(rows * shape.columns) * static_cast<double>(shape.depth);
  const bool on_512_bits = (table.required & fbert::kernels::kAvx512) != 0;
  measure_gated(state, macs, 1, fbert::bench::fma_probe(on_512_bits), [&] {
    const size_t following = (set + 1) % sets;
    table.multiply_f32({.x = x.data(),
                        .x_stride = shape.depth,
                        .rows = rows,
                        .depth = shape.depth,
                        .panels = panels.as<float>() + set * set_size,
                        .bias = bias.data(),
                        .columns = shape.columns,
                        .activation = Activation::kNone,
                        .y = y.data(),
                        .y_stride = shape.columns,
                        .next = panels.as<int8_t>() + following * set_size * sizeof(float)});
    set = following;
  });
}

// Rows of the batch at once, as the engine quantises them.
void quantize_rows(benchmark::State& state, const KernelTable& table, size_t n) {
  constexpr size_t kRows = 32;
  const std::vector<float> x = normal_values(kRows * n), centre = normal_values(n);
  const Bytes packed(kRows * round_up(n, kDepthGroup));
  std::vector<QuantizedRow> rows(kRows);
  measure_gated_values(state, static_cast<double>(kRows * n), [&] {
    table.quantize_rows(x.data(), n, kRows, n, centre.data(), packed.as<uint8_t>(), rows.data());
  });
}

void add_layer_norm(benchmark::State& state, const KernelTable& table, size_t n) {
  constexpr size_t kRows = 32;
  const std::vector<float> x = normal_values(kRows * n), gamma = normal_values(n);
  std::vector<float> y(x);
  measure_gated_values(state, static_cast<double>(kRows * n), [&] {
    table.add_layer_norm(x.data(), n, x.data(), n, gamma.data(), gamma.data(), 1e-12F, y.data(), n, kRows, n);
  });
}

void softmax(benchmark::State& state, const KernelTable& table, size_t n) {
  constexpr size_t kRows = 32;
  std::vector<float> x = normal_values(kRows * n);
  measure_gated_values(state, static_cast<double>(kRows * n), [&] { table.softmax(x.data(), n, 0.125F, kRows, n); });
}

void attention(benchmark::State& state, const KernelTable& table, size_t length, size_t head_size) {
  const std::vector<float> qkv = normal_values(3 * length * head_size);
  std::vector<float> context(length * head_size);
  const Bytes scratch(fbert::kernels::int8_attention_scratch(length, head_size));
  measure_gated(state, 2.0 * static_cast<double>(length * length * head_size), 1, [&] {
    table.attend_int8({.queries = qkv.data(),
                       .query_stride = head_size,
                       .query_count = length,
                       .keys = qkv.data() + length * head_size,
                       .values = qkv.data() + 2 * length * head_size,
                       .kv_stride = head_size,
                       .length = length,
                       .head_size = head_size,
                       .scale = 0.125F,
                       .context = context.data(),
                       .context_stride = head_size,
                       .scratch = scratch.as<void>()});
  });
}

void matmul(benchmark::State& state, const KernelTable& table, size_t rows, size_t columns, size_t depth) {
  const std::vector<float> x = normal_values(rows * depth), p = normal_values(depth * columns);
  std::vector<float> c(rows * columns);
  measure_gated(state, static_cast<double>(rows * columns) * static_cast<double>(depth), 1,
                [&] { table.matmul(x.data(), depth, p.data(), columns, c.data(), columns, rows, columns, depth); });
}

template <typename... Arguments>
void add(const std::string& name, Arguments... arguments) {
  benchmark::RegisterBenchmark(name.c_str(), arguments...)
      ->Iterations(1)
      ->UseManualTime()
      ->Unit(benchmark::kMicrosecond);
}

void add_table(const KernelTable& table) {
  constexpr Shape kShapes[] = {{768, 3072}, {3072, 768}, {768, 768},  {768, 2304},
                               {384, 1536}, {1536, 384}, {312, 1200}, {1200, 312}};
  const std::string name = table.name;
  for (const Shape& shape : kShapes) {
    for (const size_t rows : Sizes{8, 16, 24, 32, 48, 64, 128, 256}) {
      for (const bool from_memory : {false, true}) {
        add(name + "/product/" + std::to_string(shape.depth) + "x" + std::to_string(shape.columns) +
                "/rows:" + std::to_string(rows) + (from_memory ? "/memory" : "/cache"),
            product, table, shape, rows, from_memory, Activation::kNone);
      }
    }
  }
  for (const Shape& shape : kShapes) {
    for (const size_t rows : Sizes{1, 8, 16, 32, 64, 128}) {
      for (const bool from_memory : {false, true}) {
        add(name + "/float_product/" + std::to_string(shape.depth) + "x" + std::to_string(shape.columns) +
                "/rows:" + std::to_string(rows) + (from_memory ? "/memory" : "/cache"),
            float_product, table, shape, rows, from_memory);
      }
    }
  }
  for (const size_t rows : Sizes{32, 128}) {
    add(name + "/product_gelu/768x3072/rows:" + std::to_string(rows) + "/cache", product, table, Shape{768, 3072}, rows,
        false, Activation::kGelu);
  }
  for (const size_t n : Sizes{312, 768, 3072})
    add(name + "/quantize_rows/" + std::to_string(n), quantize_rows, table, n);
  for (const size_t n : Sizes{312, 768}) add(name + "/add_layer_norm/" + std::to_string(n), add_layer_norm, table, n);
  for (const size_t n : Sizes{32, 128, 512}) add(name + "/softmax/" + std::to_string(n), softmax, table, n);
  for (const size_t length : Sizes{16, 32, 64, 128, 256, 512}) {
    for (const size_t head : Sizes{26, 32, 64}) {
      add(name + "/attention/" + std::to_string(length) + "x" + std::to_string(head), attention, table, length, head);
    }
  }
  add(name + "/matmul/128x64x64", matmul, table, size_t{128}, size_t{64}, size_t{64});
  add(name + "/matmul/8x768x768", matmul, table, size_t{8}, size_t{768}, size_t{768});
}

}  // namespace

int main(int argc, char** argv) {
  const fbert::kernels::TableList list = fbert::kernels::all_tables();
  for (size_t i = 0; i < list.count; ++i) {
    // The plain one is the tests' oracle; nobody waits for its figures.
    const bool plain = std::string(list.tables[i]->name) == "ref";
    if (fbert::kernels::supported(*list.tables[i]) && !plain) add_table(*list.tables[i]);
  }
  return fbert::bench::run_gated(argc, argv);
}
