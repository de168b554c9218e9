#include "fbert/config.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "fbert/error.h"
#include "tests/support/paths.h"
#include "tests/support/tiny_model.h"

namespace fbert::config_test {
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

TEST(Config, ActivationsHaveSeveralNames) {
  const auto activation = [](const char* name) {
    nlohmann::json json = bert();
    json["hidden_act"] = name;
    return parse(json).hidden_act;
  };
  for (const char* name : {"gelu_new", "gelu_pytorch_tanh", "gelu_fast", "gelu_accurate"}) {
    EXPECT_EQ(activation(name), Activation::kGeluTanh) << name;
  }
  for (const char* name : {"gelu", "gelu_python"}) EXPECT_EQ(activation(name), Activation::kGelu) << name;
}

TEST(Config, DistilBertMayHaveTheNamesOfBert) {
  testing::TinyModel tiny;
  tiny.distilbert = true;
  nlohmann::json json = nlohmann::json::parse(tiny.config_json());
  for (const auto& [own, other] :
       {std::pair{"dim", "hidden_size"}, {"n_layers", "num_hidden_layers"}, {"n_heads", "num_attention_heads"}}) {
    json[other] = json[own];
    EXPECT_EQ(parse(json).notes.size(), 0U);
    json.erase(own);
  }
  const ModelConfig config = parse(json);
  EXPECT_EQ(config.hidden_size, 24);
  EXPECT_EQ(config.num_hidden_layers, 2);
  EXPECT_EQ(config.num_attention_heads, 3);
  json["n_heads"] = 4;
  EXPECT_EQ(parse(json).num_attention_heads, 3);
  EXPECT_THAT(parse(json).notes, ElementsAre(HasSubstr("'n_heads': 4, but 'num_attention_heads' is 3, which counts")));
}

nlohmann::json one_output(const nlohmann::json& changes) {
  nlohmann::json json = bert();
  json.erase("problem_type");
  json["id2label"] = {{"0", "score"}};
  json.update(changes);
  return json;
}

TEST(Config, OneOutputIsASigmoidUnlessTheFileSaysOtherwise) {
  const auto scores = [](const nlohmann::json& changes) { return parse(one_output(changes)).score_function(); };
  EXPECT_EQ(scores(nlohmann::json::object()), ScoreFunction::kSigmoid);
  EXPECT_EQ(scores({{"problem_type", "single_label_classification"}}), ScoreFunction::kSigmoid);
  EXPECT_EQ(scores({{"problem_type", "multi_label_classification"}}), ScoreFunction::kSigmoid);
  EXPECT_EQ(scores({{"problem_type", "regression"}}), ScoreFunction::kIdentity);
}

TEST(Config, OneOutputFollowsTheFunctionOfACrossEncoder) {
  const auto scores = [](const nlohmann::json& changes) { return parse(one_output(changes)).score_function(); };
  const char* identity = "torch.nn.modules.linear.Identity";
  const char* sigmoid = "torch.nn.modules.activation.Sigmoid";
  EXPECT_EQ(scores({{"sentence_transformers", {{"activation_fn", identity}}}}), ScoreFunction::kIdentity);
  EXPECT_EQ(scores({{"sentence_transformers", {{"activation_function", "torch.nn.Identity"}}}}),
            ScoreFunction::kIdentity);
  EXPECT_EQ(scores({{"problem_type", "regression"}, {"sentence_transformers", {{"activation_fn", sigmoid}}}}),
            ScoreFunction::kSigmoid);
  EXPECT_EQ(scores({{"sbert_ce_default_activation_function", identity}}), ScoreFunction::kIdentity);
  EXPECT_EQ(scores({{"sentence_transformers", {{"version", "5.0"}}}}), ScoreFunction::kSigmoid);
  expect_error(one_output({{"sentence_transformers", {{"activation_fn", "torch.nn.modules.activation.Tanh"}}}}),
               ErrorCode::kUnsupported, "'sentence_transformers.activation_fn': 'torch.nn.modules.activation.Tanh'");
}

TEST(Config, SeveralOutputsKeepTheirFunction) {
  nlohmann::json json = bert();
  json["sentence_transformers"] = {{"activation_fn", "torch.nn.modules.linear.Identity"}};
  EXPECT_EQ(parse(json).score_function(), ScoreFunction::kSoftmax);
  json["problem_type"] = "multi_label_classification";
  EXPECT_EQ(parse(json).score_function(), ScoreFunction::kSigmoid);
  json["problem_type"] = "regression";
  EXPECT_EQ(parse(json).score_function(), ScoreFunction::kIdentity);
}

TEST(Config, LabelsOfAnyTypeAreTheirText) {
  nlohmann::json json = bert();
  json["id2label"] = {{"0", 0},  {"1", true}, {"2", nullptr}, {"3", 1.5},
                      {"4", -2}, {"5", 3.0},  {"6", 1e20},    {"7", "x"}};
  EXPECT_THAT(parse(json).labels(), ElementsAre("0", "True", "None", "1.5", "-2", "3.0", "1e+20", "x"));
}

TEST(Config, LabelsMayHaveOneName) {
  nlohmann::json json = bert();
  json["id2label"] = {{"0", "a"}, {"1", "b"}, {"2", "a"}};
  EXPECT_THAT(parse(json).labels(), ElementsAre("a", "b", "a"));
  EXPECT_THAT(parse(json).notes, ElementsAre(HasSubstr("label 'a' stands for both 0 and 2")));
}

TEST(Config, KeysThatAreNotUsedMayHoldWhatPythonWrites) {
  const std::string text = bert().dump();
  const auto with = [&](const std::string& more) { return text.substr(0, text.size() - 1) + ", " + more + "}"; };
  for (const char* more : {R"("some_limit": [0.0, Infinity])", R"("x": NaN)", R"("x": -Infinity, "x": 1)",
                           R"("x": 1e-400)", R"("x": 1e400)", R"("vocab_size": 64)"}) {
    EXPECT_EQ(parse_config(with(more), "config.json").vocab_size, 64) << more;
  }
  const auto error = [&](const std::string& more) {
    try {
      parse_config(with(more), "config.json");
    } catch (const Error& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  EXPECT_EQ(error(R"("vocab_size": 65)"), "config.json: key 'vocab_size': given several times, with different values");
  EXPECT_THAT(error(R"("layer_norm_eps": NaN)"), HasSubstr("'layer_norm_eps': expected a number, found NaN"));
  EXPECT_THAT(error(R"("layer_norm_eps": 1e-400)"), HasSubstr("'layer_norm_eps': expected a number between 0 and 1"));
  EXPECT_THAT(error(R"("type_vocab_size": Infinity, "type_vocab_size": 2)"), HasSubstr("'type_vocab_size'"));
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

TEST(Config, RejectsLabelMapsWithGaps) {
  const auto labels = [](const nlohmann::json& map) {
    nlohmann::json json = bert();
    json["id2label"] = map;
    return json;
  };
  expect_error(labels({{"0", "a"}, {"2", "b"}}), ErrorCode::kData, "expected the ids 0 to 1, found '2'");
  expect_error(labels({{"0", "a"}, {"01", "b"}}), ErrorCode::kData, "id2label");
  expect_error(labels({{"0", "a"}, {"x", "b"}}), ErrorCode::kData, "id2label");
  expect_error(labels({{"0", nlohmann::json::array()}}), ErrorCode::kData, "expected the name of a label");
  expect_error(labels(nlohmann::json::object()), ErrorCode::kData, "at least one label");
  nlohmann::json json = bert();
  json["num_labels"] = 5;
  expect_error(json, ErrorCode::kData, "5 does not match the 3 labels");
}

TEST(Config, RejectsTextThatIsNotAnObject) {
  for (const char* text : {"", "[]", "null", "{", "{\"model_type\": \"bert\", \"model_type\": \"distilbert\"}"}) {
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
}  // namespace fbert::config_test
