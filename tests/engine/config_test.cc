#include "fbert/config.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "fbert/error.h"
#include "tests/support/paths.h"
#include "tests/support/tiny_model.h"

namespace fbert {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

nlohmann::json bert() { return nlohmann::json::parse(testing::TinyModel{}.config_json()); }

ModelConfig parse(const nlohmann::json& json) { return parse_config(json.dump(), "config.json"); }

void expect_error(const nlohmann::json& json, ErrorCode code, const std::string& part) {
  try {
    parse(json);
    ADD_FAILURE() << "accepted: " << json.dump();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    EXPECT_THAT(error.what(), HasSubstr(part));
    EXPECT_THAT(error.what(), HasSubstr("config.json"));
  }
}

TEST(Config, ReadsBert) {
  const ModelConfig config = parse(bert());
  EXPECT_EQ(config.family, Family::kBert);
  EXPECT_NE(config.classification(), nullptr);
  EXPECT_EQ(config.hidden_size, 24);
  EXPECT_EQ(config.num_hidden_layers, 2);
  EXPECT_EQ(config.num_attention_heads, 3);
  EXPECT_EQ(config.head_size(), 8);
  EXPECT_EQ(config.intermediate_size, 40);
  EXPECT_EQ(config.max_position_embeddings, 48);
  EXPECT_THAT(config.labels(), ElementsAre("no", "yes", "maybe"));
  EXPECT_EQ(config.problem_type(), ProblemType::kSingleLabel);
}

TEST(Config, ReadsDistilBertUnderItsOwnKeys) {
  testing::TinyModel tiny;
  tiny.distilbert = true;
  tiny.activation = "relu";
  const ModelConfig config = parse_config(tiny.config_json(), "config.json");
  EXPECT_EQ(config.family, Family::kDistilBert);
  EXPECT_EQ(config.hidden_size, 24);
  EXPECT_EQ(config.type_vocab_size, 0);
  EXPECT_EQ(config.hidden_act, Activation::kRelu);
}

TEST(Config, BothNamesOfTheTanhFormMeanTheSame) {
  for (const char* name : {"gelu_new", "gelu_pytorch_tanh"}) {
    nlohmann::json json = bert();
    json["hidden_act"] = name;
    EXPECT_EQ(parse(json).hidden_act, Activation::kGeluTanh);
  }
}

TEST(Config, WithoutLabelsCountsThem) {
  nlohmann::json json = bert();
  json.erase("id2label");
  EXPECT_THAT(parse(json).labels(), ElementsAre("LABEL_0", "LABEL_1"));
  json["num_labels"] = 3;
  EXPECT_EQ(parse(json).num_labels(), 3);
}

TEST(Config, OneLabelWithoutProblemTypeIsRegression) {
  nlohmann::json json = bert();
  json.erase("problem_type");
  json["id2label"] = {{"0", "score"}};
  EXPECT_EQ(parse(json).problem_type(), ProblemType::kRegression);
}

TEST(Config, RefusesWhatItDoesNotRunByName) {
  const auto changed = [](const char* key, const nlohmann::json& value) {
    nlohmann::json json = bert();
    json[key] = value;
    return json;
  };
  expect_error(changed("model_type", "roberta"), ErrorCode::kUnsupported, "roberta");
  expect_error(changed("architectures", {"BertForMaskedLM"}), ErrorCode::kUnsupported, "BertForMaskedLM");
  expect_error(changed("architectures", {"DistilBertModel"}), ErrorCode::kUnsupported, "DistilBertModel");
  expect_error(changed("hidden_act", "silu"), ErrorCode::kUnsupported, "silu");
  expect_error(changed("position_embedding_type", "relative_key"), ErrorCode::kUnsupported, "relative_key");
  expect_error(changed("is_decoder", true), ErrorCode::kUnsupported, "is_decoder");
  expect_error(changed("problem_type", "ranking"), ErrorCode::kUnsupported, "ranking");
  expect_error(changed("quantization_config", {{"quant_method", "gptq"}}), ErrorCode::kUnsupported,
               "'quantization_config.quant_method': 'gptq'");
}

TEST(Config, RejectsInconsistentSizes) {
  const auto changed = [](const char* key, const nlohmann::json& value) {
    nlohmann::json json = bert();
    json[key] = value;
    return json;
  };
  expect_error(changed("hidden_size", 25), ErrorCode::kData, "25 is not divisible by the 3 attention heads");
  expect_error(changed("hidden_size", -24), ErrorCode::kData, "hidden_size");
  expect_error(changed("hidden_size", 24.0), ErrorCode::kData, "hidden_size");
  expect_error(changed("hidden_size", "24"), ErrorCode::kData, "hidden_size");
  expect_error(changed("num_hidden_layers", 1'000'000'000), ErrorCode::kData, "num_hidden_layers");
  expect_error(changed("num_hidden_layers", 0), ErrorCode::kData, "num_hidden_layers");
  expect_error(changed("vocab_size", nullptr), ErrorCode::kData, "vocab_size");
  expect_error(changed("layer_norm_eps", 0), ErrorCode::kData, "layer_norm_eps");
  expect_error(changed("architectures", "BertModel"), ErrorCode::kData, "architectures");
}

TEST(Config, RejectsLabelMapsWithGapsOrDuplicates) {
  const auto labels = [](const nlohmann::json& map) {
    nlohmann::json json = bert();
    json["id2label"] = map;
    return json;
  };
  expect_error(labels({{"0", "a"}, {"2", "b"}}), ErrorCode::kData, "expected the ids 0 to 1, found '2'");
  expect_error(labels({{"0", "a"}, {"1", "a"}}), ErrorCode::kData, "stands for both");
  expect_error(labels({{"0", "a"}, {"01", "b"}}), ErrorCode::kData, "id2label");
  expect_error(labels({{"0", "a"}, {"x", "b"}}), ErrorCode::kData, "id2label");
  expect_error(labels({{"0", 1}}), ErrorCode::kData, "expected a string");
  expect_error(labels(nlohmann::json::object()), ErrorCode::kData, "at least one label");
  nlohmann::json json = bert();
  json["num_labels"] = 5;
  expect_error(json, ErrorCode::kData, "5 does not match the 3 labels");
}

TEST(Config, RejectsTextThatIsNotAnObject) {
  for (const char* text : {"", "[]", "null", "{", "{\"model_type\": \"bert\", \"model_type\": \"bert\"}"}) {
    EXPECT_THROW(parse_config(text, "config.json"), Error) << text;
  }
}

TEST(Config, NamesTheMissingFile) {
  const testing::TemporaryFolder folder;
  try {
    load_config(folder.path());
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kData);
    EXPECT_THAT(error.what(), HasSubstr((folder.path() / "config.json").string()));
  }
}

}  // namespace
}  // namespace fbert
