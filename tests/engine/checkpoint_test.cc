// Folders whose config.json does not say, or not rightly, what the tensors are.
#include "engine/checkpoint.h"

#include <gmock/gmock.h>

#include <functional>

#include <nlohmann/json.hpp>

#include "fbert/error.h"
#include "fbert/quantize.h"
#include "tests/support/paths.h"
#include "tests/support/tiny_model.h"

namespace fbert::checkpoint_test {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::TinyModel;
using Tensors = std::map<std::string, TinyModel::Tensor>;

class CheckpointTest : public ::testing::Test {
 protected:
  // Writes a tiny model with another config and tensors of other names.
  void write(const std::function<void(nlohmann::json&)>& change, const TinyModel& tiny = {}) const {
    tiny.write(folder_.path());
    nlohmann::json config = nlohmann::json::parse(tiny.config_json());
    change(config);
    testing::write_text(folder_.path() / "config.json", config.dump());
  }
  void rename(const std::function<std::string(std::string)>& name, const TinyModel& tiny = {}) const {
    tiny.write(folder_.path());
    Tensors renamed;
    for (const auto& [old_name, tensor] : tiny.tensors()) renamed[name(old_name)] = tensor;
    testing::write_tensors(folder_.path() / "model.safetensors", renamed);
  }
  ModelConfig config() const { return load_config(folder_.path()); }
  std::string error() const {
    try {
      load_model(folder_.path());
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  }

  const testing::TemporaryFolder folder_;
};

TEST_F(CheckpointTest, WithoutAnArchitectureTheTensorsDecideOfTheHead) {
  write([](nlohmann::json& json) {
    json.erase("architectures");
    json.erase("id2label");
  });
  EXPECT_THAT(config().labels(), ElementsAre("LABEL_0", "LABEL_1", "LABEL_2"));
  EXPECT_EQ(config().architecture, "BertForSequenceClassification");
  EXPECT_TRUE(config().notes.empty());
  EXPECT_EQ(error(), "no error");

  TinyModel headless;
  headless.headless = true;
  write([](nlohmann::json& json) { json.erase("architectures"); }, headless);
  EXPECT_EQ(config().classification(), nullptr);
}

TEST_F(CheckpointTest, AnArchitectureWithAnotherHeadGivesWay) {
  for (const char* name : {"BertForMaskedLM", "BertModel", "TinyBertForSequenceClassification", "BertForPreTraining"}) {
    write([&](nlohmann::json& json) { json["architectures"] = {name}; });
    EXPECT_THAT(config().labels(), ElementsAre("no", "yes", "maybe")) << name;
    EXPECT_THAT(config().notes, ElementsAre(AllOf(HasSubstr(name), HasSubstr("BertForSequenceClassification"))))
        << name;
    EXPECT_EQ(error(), "no error") << name;
  }
  write([](nlohmann::json& json) { json["architectures"] = {"BertModel", "BertForSequenceClassification"}; });
  EXPECT_EQ(config().num_labels(), 3);
}

// Their "classifier" is for each token, for each choice.
TEST_F(CheckpointTest, AnotherClassifierIsRefused) {
  for (const char* name : {"BertForTokenClassification", "BertForMultipleChoice"}) {
    write([&](nlohmann::json& json) { json["architectures"] = {name}; });
    EXPECT_THAT(error(), HasSubstr(name));
  }
}

TEST_F(CheckpointTest, WithoutAHeadTheArchitectureIsRefusedByName) {
  TinyModel headless;
  headless.headless = true;
  write([](nlohmann::json& json) { json["architectures"] = {"BertForMaskedLM"}; }, headless);
  EXPECT_THAT(error(), HasSubstr("'BertForMaskedLM' is not supported"));
}

TEST_F(CheckpointTest, WithoutAModelTypeTheTensorsDecideOfTheFamily) {
  const auto without_type = [](nlohmann::json& json) { json.erase("model_type"); };
  write(without_type);
  EXPECT_EQ(config().family, Family::kBert);
  TinyModel tiny;
  tiny.distilbert = true;
  write(without_type, tiny);
  EXPECT_EQ(config().family, Family::kDistilBert);
  EXPECT_EQ(error(), "no error");
  tiny.with_prefix = false;
  write(without_type, tiny);
  EXPECT_EQ(config().family, Family::kDistilBert);
}

TEST_F(CheckpointTest, TensorsOfTheOtherFamilyAreNamed) {
  TinyModel tiny;
  tiny.distilbert = true;
  write([](nlohmann::json& json) { json = nlohmann::json::parse(TinyModel{}.config_json()); }, tiny);
  EXPECT_THAT(error(), HasSubstr("key 'model_type': the config says 'bert', the tensors are those of DistilBert"));
}

TEST_F(CheckpointTest, TheNumberOfLabelsIsThatOfTheTensors) {
  write([](nlohmann::json& json) {
    json.erase("id2label");
    json["num_labels"] = 5;
  });
  EXPECT_EQ(config().num_labels(), 3);
  EXPECT_THAT(config().notes, ElementsAre(HasSubstr("'num_labels': 5, but the tensor 'classifier.weight' has 3 rows")));
  write([](nlohmann::json& json) { json["num_labels"] = 5; });
  EXPECT_THAT(config().labels(), ElementsAre("no", "yes", "maybe"));
  EXPECT_THAT(config().notes, ElementsAre(HasSubstr("5 does not match the 3 labels")));
  write([](nlohmann::json& json) { json["id2label"] = {{"0", "a"}, {"1", "b"}}; });
  EXPECT_THAT(error(), HasSubstr("key 'id2label': 2 labels, but the tensor 'classifier.weight' has 3 rows"));
}

TEST_F(CheckpointTest, WhatAWrapperPutBeforeAllNamesIsTakenOff) {
  rename([](const std::string& name) { return name; });
  const std::vector<std::string> labels = config().labels();
  for (const char* wrapper :
       {"module.", "_orig_mod.", "model.", "module._orig_mod.", "net.", "encoder_model.", "bert."}) {
    rename([&](const std::string& name) { return wrapper + name; });
    EXPECT_EQ(config().labels(), labels) << wrapper;
    EXPECT_THAT(config().notes, ElementsAre(HasSubstr("begin with '" + std::string(wrapper) + "'"))) << wrapper;
    EXPECT_EQ(error(), "no error") << wrapper;
  }
  TinyModel bare;
  bare.with_prefix = false;
  bare.headless = true;
  rename([](const std::string& name) { return "net." + name; }, bare);
  EXPECT_EQ(error(), "no error");
}

TEST_F(CheckpointTest, APrefixOfSomeNamesStays) {
  rename([](const std::string& name) { return name.starts_with("classifier") ? name : "module." + name; });
  EXPECT_TRUE(config().notes.empty());
  EXPECT_THAT(error(), AllOf(HasSubstr("tensors are missing"), HasSubstr("'module.bert.embeddings.")));
}

// They name their layers as BERT does and compute something else.
TEST_F(CheckpointTest, AnotherEncoderIsNoWrapper) {
  for (const char* other : {"roberta.", "electra.", "model.roberta."}) {
    rename([&](const std::string& name) { return name.starts_with("bert.") ? other + name.substr(5) : name; });
    EXPECT_THAT(error(), AllOf(HasSubstr("missing"), HasSubstr(other))) << other;
  }
}

TEST_F(CheckpointTest, NamesOfOtherFrameworksAreRefused) {
  const auto replaced = [](std::string name, const std::string& from, const std::string& to) {
    for (size_t at = 0; (at = name.find(from, at)) != std::string::npos; at += to.size())
      name.replace(at, from.size(), to);
    return name;
  };
  rename([&](const std::string& name) { return replaced(replaced(name, ".weight", ".kernel"), ".", "/"); });
  EXPECT_THAT(error(), AllOf(HasSubstr("names of TensorFlow"), HasSubstr("from_tf=True")));
  rename([&](const std::string& name) { return replaced(replaced(name, ".", "/"), "weight", "kernel:0"); });
  EXPECT_THAT(error(), HasSubstr("names of TensorFlow"));
  rename([&](const std::string& name) { return replaced(name, ".weight", ".kernel"); });
  EXPECT_THAT(error(), AllOf(HasSubstr("names of Flax"), HasSubstr("from_flax=True")));
}

}  // namespace
}  // namespace fbert::checkpoint_test
