#include "engine/quantization_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "engine/module_schemes.h"
#include "fbert/error.h"

namespace fbert::quantization_config_test {
namespace {

using ::testing::HasSubstr;
using Pointer = nlohmann::json::json_pointer;

// What llm-compressor 0.5 writes for W8A8 with dynamic activations.
nlohmann::json llm_compressor() {
  return nlohmann::json::parse(R"({
    "config_groups": {"group_0": {
      "input_activations": {"actorder": null, "block_structure": null, "dynamic": true, "group_size": null,
        "num_bits": 8, "observer": null, "observer_kwargs": {}, "strategy": "token", "symmetric": true, "type": "int"},
      "output_activations": null,
      "targets": ["Linear"],
      "weights": {"actorder": null, "block_structure": null, "dynamic": false, "group_size": null,
        "num_bits": 8, "observer": "minmax", "observer_kwargs": {}, "strategy": "channel", "symmetric": true,
        "type": "int"}}},
    "format": "int-quantized", "global_compression_ratio": 1.27, "ignore": ["lm_head"], "kv_cache_scheme": null,
    "quant_method": "compressed-tensors", "quantization_status": "compressed",
    "sparsity_config": {}, "transform_config": {}, "version": "0.10.2"})");
}

QuantizationConfig parse(const nlohmann::json& json) {
  return parse_quantization_config(JsonObject(json, "config.json", "quantization_config"));
}

void expect_error(const nlohmann::json& json, ErrorCode code, const std::string& part) {
  try {
    parse(json);
    ADD_FAILURE() << "accepted: " << json;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    EXPECT_THAT(error.what(), HasSubstr(part));
    EXPECT_THAT(error.what(), ::testing::StartsWith("config.json: key 'quantization_config"));
  }
}

TEST(QuantizationConfig, ReadsWhatLlmCompressorWrites) {
  const QuantizationConfig config = parse(llm_compressor());
  EXPECT_FALSE(config.embedding.weights);
  EXPECT_THAT(config.ignore, ::testing::ElementsAre("lm_head"));
}

TEST(QuantizationConfig, TakesFinishedFilesThatAreNotSparse) {
  for (const char* status : {"compressed", "frozen"}) {
    nlohmann::json json = llm_compressor();
    json["quantization_status"] = status;
    json["sparsity_config"] = {{"format", "dense"}, {"global_sparsity", 0.001}, {"ignore", nlohmann::json::array()}};
    EXPECT_TRUE(parse(json).linear.weights) << status;
  }
  nlohmann::json json = llm_compressor();
  json["sparsity_config"] = {{"format", "sparse-bitmask"}};
  expect_error(json, ErrorCode::kUnsupported, "'quantization_config.sparsity_config.format': 'sparse-bitmask'");
}

TEST(QuantizationConfig, RefusesOtherSchemesByKey) {
  const std::string group = "/config_groups/group_0";
  const std::vector<std::pair<std::string, nlohmann::json>> changes = {
      {"/quant_method", "gptq"},
      {"/format", "pack-quantized"},
      {"/version", "1.0"},
      {"/quantization_status", "calibration"},
      {"/sparsity_config", {{"format", "sparse-24-bitmask"}}},
      {"/kv_cache_scheme", {{"num_bits", 8}}},
      {"/sparsity_config", {{"format", "sparse-bitmask"}}},
      {"/transform_config", {{"config_groups", {{"R1", 1}}}}},
      {group + "/targets", {"Conv2d"}},
      {group + "/format", "pack-quantized"},
      {group + "/weights/num_bits", 4},
      {group + "/weights/type", "float"},
      {group + "/weights/symmetric", false},
      {group + "/weights/strategy", "group"},
      {group + "/weights/dynamic", true},
      {group + "/weights/group_size", 128},
      {group + "/input_activations", nullptr},
      {group + "/input_activations/num_bits", 16},
      {group + "/input_activations/dynamic", false},
      {group + "/input_activations/strategy", "tensor"},
      {group + "/input_activations/symmetric", false},
      {group + "/output_activations", {{"num_bits", 8}}},
      {"/config_groups/group_1", llm_compressor()["config_groups"]["group_0"]},
  };
  for (const auto& [place, value] : changes) {
    nlohmann::json json = llm_compressor();
    json[Pointer(place)] = value;
    expect_error(json, ErrorCode::kUnsupported, place.substr(place.rfind('/') + 1));
  }
}

TEST(QuantizationConfig, RefusesMalformedBlocksByKey) {
  const std::string group = "/config_groups/group_0";
  const std::vector<std::pair<std::string, nlohmann::json>> changes = {
      {"/quant_method", 8},
      {"/quant_method", nullptr},
      {"/format", nullptr},
      {"/config_groups", nlohmann::json::object()},
      {"/config_groups", nlohmann::json::array()},
      {group, "Linear"},
      {group + "/targets", "Linear"},
      {group + "/targets", {"Linear", "Embedding"}},
      {group + "/weights", nullptr},
      {group + "/weights/num_bits", "8"},
      {group + "/weights/symmetric", "yes"},
      {group + "/input_activations/dynamic", "local"},
      {"/ignore", "lm_head"},
      {"/ignore", {1}},
      {"/ignore", {"re:("}},
      {"/ignore", {"re:a{1000}"}},
      {"/ignore", {"re:" + std::string(300, 'a')}},
      {"/ignore", std::vector<std::string>(100, "re:a")},
  };
  for (const auto& [place, value] : changes) {
    nlohmann::json json = llm_compressor();
    json[Pointer(place)] = value;
    expect_error(json, ErrorCode::kData, place.substr(place.rfind('/') + 1));
  }
}

TEST(ModuleSchemes, NamesAreWholeAndExpressionsBeginAtTheBeginning) {
  const ModuleSchemes schemes(
      {.linear = {}, .embedding = {}, .ignore = {"classifier", "re:.*pooler", "re:bert\\.encoder\\.layer\\.1\\..*"}});
  EXPECT_TRUE(schemes.ignores("classifier"));
  EXPECT_FALSE(schemes.ignores("pre_classifier"));
  EXPECT_TRUE(schemes.ignores("bert.pooler.dense"));
  EXPECT_TRUE(schemes.ignores("bert.encoder.layer.1.output.dense"));
  EXPECT_FALSE(schemes.ignores("bert.encoder.layer.11.output.dense"));
  EXPECT_FALSE(schemes.ignores("x.bert.encoder.layer.1.output.dense"));
}

TEST(ModuleSchemes, NoExpressionTakesExponentialTime) {
  const ModuleSchemes schemes({.linear = {}, .embedding = {}, .ignore = {"re:(a*)*(a*)*(a|aa)*b"}});
  EXPECT_FALSE(schemes.ignores(std::string(200, 'a')));
}

}  // namespace
}  // namespace fbert::quantization_config_test
