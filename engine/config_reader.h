#pragma once

#include <array>
#include <string>
#include <string_view>

#include "engine/tensor_findings.h"
#include "fbert/config.h"
#include "loader/json.h"

// The parts of reading config.json. `tensors` is null where there are no weights to ask.
namespace fbert {

// A key of config.json and another that Hugging Face's class takes for it, or null. Where a file has both, the class
// ends with the value of the other.
struct ConfigKey {
  const char* name;
  const char* other = nullptr;
};

// The keys under which a family keeps its sizes.
struct ConfigKeys {
  Family family;
  const char* model_type;
  const char* architecture_stem;  // "Bert" + "ForSequenceClassification" or "Model"
  ConfigKey hidden_size;
  ConfigKey num_hidden_layers;
  ConfigKey num_attention_heads;
  ConfigKey intermediate_size;
  ConfigKey hidden_act;
};

// By "model_type", or by the tensors where the file does not have it.
const ConfigKeys& read_family(const JsonObject& json, const TensorFindings* tensors);

struct Architecture {
  std::string name;  // "BertForSequenceClassification"
  bool is_classifier;
};

// By "architectures", and by the tensors where that is silent, names several or names what they are not. Without both,
// a model with labels is taken for a classifier.
Architecture read_architecture(const JsonObject& json, const ConfigKeys& keys, const TensorFindings* tensors,
                               std::vector<std::string>& notes);

// Labels, problem type and scores of a classifier.
SequenceClassification read_classification(const JsonObject& json, const TensorFindings* tensors,
                                           std::vector<std::string>& notes);

ModelConfig read_config(const JsonObject& json, const TensorFindings* tensors);

}  // namespace fbert
