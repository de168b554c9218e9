#include <cstdio>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "bench/random_model.h"
#include "bench/report.h"
#include "fbert/error.h"
#include "fbert/model.h"
#include "fbert/quantize.h"

// Whole forward passes of models of the usual sizes with random weights: milliseconds, billions of multiply-adds a
// second and their share of the peak of 8-bit products on as many cores.
//
//   forward --benchmark_filter='distilbert/int8/1x32/'
namespace {

using fbert::Precision;
using fbert::bench::ModelSizes;
using fbert::bench::RandomModel;

constexpr ModelSizes kModels[] = {{"distilbert", true, 6, 768, 12, 3072},
                                  {"bert-base", false, 12, 768, 12, 3072},
                                  {"minilm-l6-384", false, 6, 384, 12, 1536},
                                  {"tinybert-4l-312", false, 4, 312, 12, 1200}};

struct Case {
  int batch, length;
};
constexpr Case kCases[] = {{1, 16}, {1, 32}, {1, 64}, {1, 128}, {1, 256}, {1, 512}, {8, 32}, {32, 32}, {32, 128}};

// What the encoder computes: all of every layer but the last, of which the head reads the first row of each sequence.
double multiply_adds(const ModelSizes& m, const Case& c) {
  const double h = m.hidden, length = c.length, tokens = length * c.batch, sequences = c.batch;
  const double row = 2 * h * h + 2 * h * m.intermediate;  // query, output and feed-forward of a row
  const double keys_and_values = 2 * h * h, attention = 2 * length * h;
  return (m.layers - 1) * tokens * (row + keys_and_values + attention) + tokens * keys_and_values +
         sequences * (row + attention + h * h);
}

// Models are loaded when they are first asked for, one folder at a time.
const fbert::Model& loaded(const ModelSizes& sizes, Precision precision) {
  static const ModelSizes* current = nullptr;
  static std::unique_ptr<RandomModel> folder;
  static std::map<Precision, fbert::Model> models;
  if (current != &sizes) {
    models.clear();
    folder = std::make_unique<RandomModel>(sizes);
    current = &sizes;
  }
  const auto found = models.find(precision);
  if (found != models.end()) return found->second;
  return models.emplace(precision, fbert::load_model(folder->folder(), {.precision = precision})).first->second;
}

void forward(benchmark::State& state, const ModelSizes* model_sizes, Precision precision, Case c, int threads) {
  const ModelSizes& sizes = *model_sizes;
  const fbert::Model& model = loaded(sizes, precision);
  fbert::Context context(model, threads);
  fbert::PackedBatch batch(model.config());
  std::mt19937 random(1);
  for (int i = 0; i < c.batch; ++i) {
    std::vector<int32_t> ids(static_cast<size_t>(c.length));
    for (int32_t& id : ids) id = static_cast<int32_t>(random() % RandomModel::kVocabulary);
    batch.add(ids);
  }
  std::vector<float> logits(static_cast<size_t>(c.batch) * 2);
  fbert::bench::measure_gated(state, multiply_adds(sizes, c), threads, [&] { model.forward(batch, context, logits); });
}

}  // namespace

int main(int argc, char** argv) {
  for (const ModelSizes& sizes : kModels) {
    for (const Precision precision : {Precision::kF32, Precision::kInt8}) {
      for (const Case& c : kCases) {
        for (const int threads : {1, 2}) {
          const std::string name = std::string(sizes.name) + "/" + to_string(precision) + "/" +
                                   std::to_string(c.batch) + "x" + std::to_string(c.length) +
                                   "/threads:" + std::to_string(threads);
          benchmark::RegisterBenchmark(name.c_str(), forward, &sizes, precision, c, threads)
              ->Iterations(1)
              ->UseManualTime()
              ->Unit(benchmark::kMillisecond);
        }
      }
    }
  }
  try {
    return fbert::bench::run_gated(argc, argv);
  } catch (const fbert::Error& error) {
    std::fprintf(stderr, "forward: %s\n", error.what());
    return static_cast<int>(error.code());
  }
}
