// Quantised folders that do not hold together are refused by the name of what is wrong.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <limits>
#include <map>
#include <string>

#include "engine/int8_rows.h"
#include "fbert/error.h"
#include "fbert/model.h"
#include "fbert/quantize.h"
#include "kernels/kernels.h"
#include "loader/atomic_file.h"
#include "loader/json.h"
#include "loader/safetensors_writer.h"
#include "tests/support/arrays.h"
#include "tests/support/model_logits.h"
#include "tests/support/paths.h"
#include "tests/support/tiny_model.h"

namespace fbert::quantized_folder_test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testing::logits_of_random_texts;
using testing::TinyModel;

struct Tensor {
  DType dtype;
  Shape shape;
  std::vector<std::byte> data;
};

template <typename T>
std::vector<std::byte> bytes_of(const std::vector<T>& values) {
  const auto bytes = std::as_bytes(std::span(values));
  return {bytes.begin(), bytes.end()};
}

const std::string kLinear = "bert.encoder.layer.1.output.dense";
const std::string kWords = "bert.embeddings.word_embeddings";

class QuantizedFolder : public ::testing::Test {
 protected:
  QuantizedFolder() {
    TinyModel().write(source);
    quantize_model(source, folder, {.embeddings = EmbeddingType::kInt8, .keep = {"*layer.0.*.query"}});
    const SafeTensors file = SafeTensors::open(folder / "model.safetensors");
    for (const TensorInfo& info : file.tensors()) {
      Tensor& tensor = tensors[info.name] = {info.dtype, info.shape, std::vector<std::byte>(info.bytes())};
      file.read_bytes(info, tensor.data);
    }
    config = parse_json(read_file(folder / "config.json", 1 << 20), "config.json");
    metadata = file.metadata();
  }

  void write() const {
    std::vector<TensorSource> sources;
    for (const auto& [name, tensor] : tensors) sources.push_back({name, tensor.dtype, tensor.shape, tensor.data});
    write_safetensors(folder / "model.safetensors", std::move(sources), metadata);
    testing::write_text(folder / "config.json", config.dump());
  }

  void expect_refused(const std::string& name, const std::string& part, ErrorCode code = ErrorCode::kData,
                      const LoadOptions& options = {}) const {
    write();
    try {
      load_model(folder, options);
      ADD_FAILURE() << "accepted, expected: " << part;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), code) << error.what();
      EXPECT_THAT(error.what(), HasSubstr(name));
      EXPECT_THAT(error.what(), HasSubstr(part));
    }
  }

  void set_scale(const std::string& name, float value) {
    std::memcpy(tensors.at(name).data.data() + sizeof(float), &value, sizeof(value));
  }

  testing::TemporaryFolder root;
  fs::path source = root.path() / "model";
  fs::path folder = root.path() / "int8";
  std::map<std::string, Tensor> tensors;
  std::map<std::string, std::string> metadata;
  Json config;
};

TEST_F(QuantizedFolder, LoadsAsItWasWritten) {
  const std::vector<float> expected = logits_of_random_texts(load_model(folder));
  write();
  EXPECT_EQ(logits_of_random_texts(load_model(folder)), expected);
  EXPECT_EQ(logits_of_random_texts(load_model(folder, {.precision = Precision::kInt8})), expected);
  EXPECT_EQ(logits_of_random_texts(load_model(folder, {.embeddings = EmbeddingType::kF32})), expected);
}

TEST_F(QuantizedFolder, RefusesScalesThatAreNone) {
  const std::string linear = kLinear + ".weight_scale", words = kWords + ".weight_scale";
  for (const float scale : {0.0F, -0.5F, NAN, std::numeric_limits<float>::infinity(), 1e-40F}) {
    for (const std::string& name : {linear, words}) {
      const Tensor whole = tensors.at(name);
      set_scale(name, scale);
      expect_refused(name, "row 1: expected a normal number above zero");
      tensors.at(name) = whole;
    }
  }
}

TEST_F(QuantizedFolder, RefusesScalesOfAnotherShapeOrType) {
  const std::string name = kLinear + ".weight_scale";
  const Tensor whole = tensors.at(name);
  tensors[name] = {DType::kF32, {23, 1}, bytes_of(std::vector<float>(23, 1.0F))};
  expect_refused(name, "expected shape [24, 1], found [23, 1]");
  tensors[name] = {DType::kF32, {1}, bytes_of(std::vector<float>(1, 1.0F))};
  expect_refused(name, "expected shape [24, 1], found [1]");
  tensors[name] = {DType::kI8, {24, 1}, std::vector<std::byte>(24)};
  expect_refused(name, "expected type F32, F16, BF16 or F64, found I8");
}

TEST_F(QuantizedFolder, RefusesValuesWithoutScalesAndScalesWithoutValues) {
  const Tensor scales = tensors.at(kLinear + ".weight_scale");
  tensors.erase(kLinear + ".weight_scale");
  expect_refused(kLinear + ".weight'", "type I8 without");
  tensors[kLinear + ".weight_scale"] = scales;
  tensors[kLinear + ".weight"] = {DType::kF32, {24, 40}, bytes_of(std::vector<float>(24 * 40, 1.0F))};
  expect_refused(kLinear + ".weight'", "expected I8");
}

TEST_F(QuantizedFolder, RefusesMeansAndCentredBiasesThatDoNotBelongTogether) {
  const std::string mean = kLinear + ".input_mean", bias = kLinear + ".centred_bias";
  const auto whole = tensors;
  tensors.erase(mean);
  expect_refused(bias, "belongs to no layer with 8-bit weights and .input_mean");
  tensors[mean] = {DType::kF32, {24}, bytes_of(std::vector<float>(24, 1.0F))};
  expect_refused(mean, "expected shape [40], found [24]");
  tensors[mean] = {DType::kF32, {40}, bytes_of(std::vector<float>(40, NAN))};
  expect_refused(mean, "value 0 is nan, expected a number");
  tensors = whole;
  tensors.erase(bias);
  expect_refused(folder.string(), "missing: " + bias);
  // What nothing reads: the attention output, the key beside the query, the head.
  for (const std::string name : {"bert.encoder.layer.1.attention.output.dense.centred_bias",
                                 "bert.encoder.layer.1.attention.self.key.input_mean", "classifier.input_mean"}) {
    tensors = whole;
    tensors[name] = {DType::kF32, {24}, bytes_of(std::vector<float>(24, 1.0F))};
    expect_refused(name, "belongs to no layer");
  }
}

// The layers that read what a layer in floats reads.
TEST_F(QuantizedFolder, KeepsTheMeanOfInputsBesideALayerInFloats) {
  const std::string attention = "bert.encoder.layer.0.attention.self.";
  EXPECT_EQ(tensors.at(attention + "query.weight").dtype, DType::kF32);
  EXPECT_EQ(tensors.count(attention + "query.input_mean"), 1U);
  EXPECT_EQ(tensors.count(attention + "query.centred_bias"), 0U);
  EXPECT_EQ(tensors.count(attention + "key.centred_bias"), 1U);
  EXPECT_EQ(tensors.count(attention + "key.input_mean"), 0U);
}

TEST_F(QuantizedFolder, ReadsInputsAsTheyAreWhereItHasNoMeans) {
  const std::vector<float> centred = logits_of_random_texts(load_model(folder));
  for (auto tensor = tensors.begin(); tensor != tensors.end();) {
    const bool added = tensor->first.ends_with(".input_mean") || tensor->first.ends_with(".centred_bias");
    tensor = added ? tensors.erase(tensor) : std::next(tensor);
  }
  write();
  const std::vector<float> plain = logits_of_random_texts(load_model(folder));
  EXPECT_NE(plain, centred);
  EXPECT_TRUE(testing::arrays_equal(plain, centred, 0.04));
}

TEST_F(QuantizedFolder, RefusesAWeightThatTheConfigDescribesOtherwise) {
  const std::string kept = "bert.encoder.layer.0.attention.self.query";
  Json& ignore = config["quantization_config"]["ignore"];
  const Json whole = ignore;
  ignore.erase(ignore.begin());
  expect_refused(kept + ".weight'", "type F32, which is not what quantization_config");
  ignore = whole;
  ignore.push_back(kLinear);
  expect_refused(kLinear + ".weight'", "type I8, but quantization_config.ignore");
  ignore = whole;
  config["quantization_config"]["config_groups"].erase("group_1");
  expect_refused(kWords + ".weight'", "type I8, which is not what");
}

TEST_F(QuantizedFolder, RefusesAMixtureWithAForeignConfig) {
  config.erase("quantization_config");
  expect_refused(kWords + ".weight'", "type I8, but config.json has no quantization_config");
  config = parse_json(read_file(source / "config.json", 1 << 20), "config.json");
  config["quantization_config"] = {{"quant_method", "bitsandbytes"}};
  expect_refused("quantization_config.quant_method", "bitsandbytes", ErrorCode::kUnsupported);
}

TEST_F(QuantizedFolder, RefusesFloatsUnderAQuantisedConfig) {
  fs::copy_file(source / "model.safetensors", folder / "model.safetensors", fs::copy_options::overwrite_existing);
  try {
    load_model(folder);
    ADD_FAILURE() << "accepted";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("type F32, which is not what quantization_config in config.json says"));
  }
}

TEST_F(QuantizedFolder, RefusesOtherVersionsOfTheFormat) {
  metadata["fbert.format_version"] = "2";
  expect_refused("fbert.format_version", "version '2' is not known", ErrorCode::kUnsupported);
}

TEST_F(QuantizedFolder, RefusesPartsOfOtherSchemes) {
  tensors[kLinear + ".weight_zero_point"] = {DType::kI8, {24, 1}, std::vector<std::byte>(24)};
  expect_refused(kLinear, "weight_zero_point");
}

TEST_F(QuantizedFolder, HasNoFloatVariant) {
  expect_refused(folder.string(), "there is no fp32 to run", ErrorCode::kUsage, {.precision = Precision::kF32});
}

// llm-compressor quantises every Linear, the head too, uses -128, and keeps scales in the type of the model.
TEST_F(QuantizedFolder, ReadsAQuantisedHeadAndHalfPrecisionScales) {
  auto floats = TinyModel().tensors();
  std::vector<int8_t> values(3 * 24);
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<int8_t>(i * 7 - 128);
  for (size_t i = 0; i < values.size(); ++i) {
    floats.at("classifier.weight").values[i] = static_cast<float>(values[i]) * 0.015625F;
  }
  const uint16_t scale = 0x3C80;  // BF16
  tensors["classifier.weight"] = {DType::kI8, {3, 24}, bytes_of(values)};
  tensors["classifier.weight_scale"] = {DType::kBF16, {3, 1}, bytes_of(std::vector<uint16_t>(3, scale))};
  config["quantization_config"]["ignore"] = {"re:.*query", "bert.pooler.dense", "re:bert.embeddings.(pos|token).*"};
  // The source has no such classifier: its own folder is made the reference.
  auto kept = tensors.at("bert.encoder.layer.1.attention.self.query.weight");
  expect_refused("layer.1.attention.self.query", "but quantization_config.ignore in config.json names it");
  config["quantization_config"]["ignore"][0] = "re:.*layer.0.*query";
  write();
  const std::vector<float> foreign = logits_of_random_texts(load_model(folder));

  testing::write_tensors(source / "model.safetensors", floats);
  const fs::path reference = root.path() / "reference";
  quantize_model(source, reference, {.embeddings = EmbeddingType::kInt8, .keep = {"*layer.0.*.query"}});
  EXPECT_EQ(foreign, logits_of_random_texts(load_model(reference)));
}

TEST_F(QuantizedFolder, TheLowestWeightIsExactOnEveryInstructionSet) {
  Tensor& weight = tensors.at(kLinear + ".weight");
  std::fill(weight.data.begin(), weight.data.end(), std::byte{0x80});
  write();
  const std::vector<float> expected = logits_of_random_texts(load_model(folder, {.isa = "ref"}));
  for (size_t i = 0; i < kernels::all_tables().count; ++i) {
    const kernels::KernelTable& table = *kernels::all_tables().tables[i];
    if (!kernels::supported(table)) continue;
    EXPECT_EQ(logits_of_random_texts(load_model(folder, {.isa = table.name})), expected) << table.name;
  }
}

}  // namespace
}  // namespace fbert::quantized_folder_test
