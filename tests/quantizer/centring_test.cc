#include "quantizer/centring.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <string>
#include <vector>

#include "fbert/model.h"
#include "fbert/quantize.h"
#include "kernels/kernels.h"
#include "loader/weight_files.h"
#include "quantizer/plan.h"
#include "quantizer/rotation.h"
#include "tests/support/arrays.h"
#include "tests/support/model_logits.h"
#include "tests/support/paths.h"
#include "tests/support/tiny_model.h"

namespace fbert::centring_test {
namespace {

using testing::TinyModel;

const std::string kLayer = "bert.encoder.layer.1.";

class Centring : public ::testing::Test {
 protected:
  LoadedWeights load_all(const char* table = "ref", const std::vector<std::string>& keep = {}) const {
    const ModelConfig config = load_config(folder.path());
    const WeightFiles files = WeightFiles::open(folder.path());
    return load_planned(config, files, plan_int8(config, files, {}, keep), *kernels::find(table));
  }
  ModelWeights load() const { return load_all().weights; }

  testing::TemporaryFolder folder;
};

std::vector<float> input_mean(const Linear& linear) {
  return {linear.input_mean, linear.input_mean + linear.in_features};
}

bool all_zero(const std::vector<float>& values) {
  return std::all_of(values.begin(), values.end(), [](float value) { return value == 0.0F; });
}

TEST_F(Centring, BiasesMakeUpForWhatIsTakenOff) {
  TinyModel model;
  model.write(folder.path());
  const auto tensors = model.tensors();
  const ModelWeights weights = load();
  const LayerWeights& layer = weights.layers[1];
  const std::pair<const Linear*, std::string> linears[] = {{&layer.query, "attention.self.query"},
                                                           {&layer.key, "attention.self.key"},
                                                           {&layer.value, "attention.self.value"},
                                                           {&layer.intermediate, "intermediate.dense"},
                                                           {&layer.output, "output.dense"}};
  for (const auto& [linear, name] : linears) {
    SCOPED_TRACE(name);
    const std::vector<float> mean = input_mean(*linear);
    EXPECT_FALSE(all_zero(mean));
    const auto& weight = tensors.at(kLayer + name + ".weight").values;
    std::vector<float> expected = tensors.at(kLayer + name + ".bias").values;
    for (size_t row = 0; row < linear->out_features; ++row) {
      for (size_t i = 0; i < mean.size(); ++i) expected[row] += weight[row * mean.size() + i] * mean[i];
    }
    if (linear == &layer.value) rotate_output_features(expected, 1, 8);
    EXPECT_TRUE(testing::arrays_equal(std::span(linear->bias, linear->out_features), expected, 1e-5));
  }
}

TEST_F(Centring, LayersThatReadTheSameTakeOffTheSame) {
  TinyModel().write(folder.path());
  const ModelWeights weights = load();
  for (const LayerWeights& layer : weights.layers) {
    EXPECT_EQ(input_mean(layer.key), input_mean(layer.query));
    EXPECT_EQ(input_mean(layer.value), input_mean(layer.query));
    EXPECT_TRUE(all_zero(input_mean(layer.attention_output)));
  }
}

TEST_F(Centring, HasTheSameBitsOnEveryInstructionSet) {
  TinyModel model;
  model.hidden_size = 78;  // heads of 26; no multiple of 4
  model.intermediate_size = 130;
  model.write(folder.path());
  const LoadedWeights expected = load_all("ref");
  ASSERT_EQ(expected.converted.size(), 12U);
  const kernels::TableList tables = kernels::all_tables();
  for (size_t i = 0; i < tables.count; ++i) {
    if (!kernels::supported(*tables.tables[i])) continue;
    SCOPED_TRACE(tables.tables[i]->name);
    const LoadedWeights weights = load_all(tables.tables[i]->name);
    for (size_t l = 0; l < expected.converted.size(); ++l) {
      const Linear &a = weights.converted[l].packer.linear(), &b = expected.converted[l].packer.linear();
      EXPECT_EQ(input_mean(a), input_mean(b)) << expected.converted[l].module.name;
      EXPECT_TRUE(std::equal(a.bias, a.bias + a.out_features, b.bias)) << expected.converted[l].module.name;
    }
  }
}

TEST_F(Centring, LeavesLayersThatAreKeptInFloats) {
  TinyModel().write(folder.path());
  const std::string kept = kLayer + "attention.self.query";
  const LoadedWeights loaded = load_all("ref", {kept});
  EXPECT_EQ(loaded.weights.layers[1].query.precision, Precision::kF32);
  EXPECT_EQ(loaded.weights.layers[1].query.blas, Blas::kOwn);
  EXPECT_EQ(loaded.converted.size(), 11U);
  for (const ConvertedLinear& linear : loaded.converted) EXPECT_NE(linear.module.name, kept);
}

TEST_F(Centring, WorksForEveryKindOfModel) {
  for (const bool distilbert : {false, true}) {
    for (const bool headless : {false, true}) {
      TinyModel model;
      model.distilbert = distilbert;
      model.headless = headless;
      model.with_prefix = !headless;
      model.vocab_size = 1;
      model.write(folder.path());
      EXPECT_FALSE(all_zero(input_mean(load().layers[0].output)));
    }
  }
}

// Features far from zero, as pretrained models have them.
TEST_F(Centring, SparesTheBitsThatConstantFeaturesWouldTake) {
  TinyModel model;
  auto tensors = model.tensors();
  model.write(folder.path());
  auto& beta = tensors.at(kLayer + "attention.output.LayerNorm.bias").values;
  beta[3] = 5000.0F;
  beta[7] = -5000.0F;
  testing::write_tensors(folder.path() / "model.safetensors", tensors);
  const auto exact = testing::logits_of_random_texts(load_model(folder.path()));
  const auto found = testing::logits_of_random_texts(load_model(folder.path(), {.precision = Precision::kInt8}));
  // Uncentred, the largest difference is 0.007.
  EXPECT_TRUE(testing::arrays_equal(found, exact, 5e-4));
}

TEST_F(Centring, LeavesFeaturesThatAreNotFiniteAlone) {
  TinyModel model;
  auto tensors = model.tensors();
  model.write(folder.path());
  tensors.at("bert.embeddings.LayerNorm.bias").values[0] = INFINITY;
  testing::write_tensors(folder.path() / "model.safetensors", tensors);
  const ModelWeights weights = load();
  for (const LayerWeights& layer : weights.layers) {
    for (const Linear* linear : {&layer.query, &layer.intermediate, &layer.output}) {
      for (const float value : input_mean(*linear)) EXPECT_TRUE(std::isfinite(value));
    }
  }
}

TEST_F(Centring, ShortPositionTablesAreNoObstacle) {
  TinyModel model;
  model.positions = 3;
  model.write(folder.path());
  EXPECT_FALSE(all_zero(input_mean(load().layers[0].output)));
}

}  // namespace
}  // namespace fbert::centring_test
