#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "engine/config_reader.h"
#include "fbert/error.h"

namespace fbert {
namespace {

constexpr std::array kFamilies = {
    ConfigKeys{Family::kBert,
               "bert",
               "Bert",
               {"hidden_size"},
               {"num_hidden_layers"},
               {"num_attention_heads"},
               {"intermediate_size"},
               {"hidden_act"}},
    ConfigKeys{Family::kDistilBert,
               "distilbert",
               "DistilBert",
               {"dim", "hidden_size"},
               {"n_layers", "num_hidden_layers"},
               {"n_heads", "num_attention_heads"},
               {"hidden_dim"},
               {"activation"}},
};

// Classes whose "classifier" is another than that of sequence classification.
constexpr std::string_view kOtherClassifiers[] = {"ForTokenClassification", "ForMultipleChoice"};

const ConfigKeys& keys_of(Family family) {
  return *std::find_if(kFamilies.begin(), kFamilies.end(),
                       [family](const ConfigKeys& keys) { return keys.family == family; });
}

std::vector<std::string> read_class_names(const JsonObject& json) {
  std::vector<std::string> names;
  const Json* list = json.find("architectures");
  if (list == nullptr) return names;
  if (!list->is_array()) json.fail("architectures", "expected an array of strings");
  for (const Json& name : *list) {
    if (!name.is_string()) json.fail("architectures", "expected an array of strings");
    names.push_back(name.get<std::string>());
  }
  return names;
}

}  // namespace

const ConfigKeys& read_family(const JsonObject& json, const TensorFindings* tensors) {
  const Family* found = tensors != nullptr && tensors->family ? &*tensors->family : nullptr;
  if (json.find("model_type") == nullptr) {
    if (found != nullptr) return keys_of(*found);
    json.fail("model_type", R"(missing; add "model_type": "bert" or "model_type": "distilbert")");
  }
  const std::string type = json.string("model_type");
  const auto named =
      std::find_if(kFamilies.begin(), kFamilies.end(), [&](const ConfigKeys& keys) { return type == keys.model_type; });
  if (named == kFamilies.end()) {
    json.refuse("model_type", fmt::format("{} is not supported; fbert runs bert and distilbert", escaped(type)));
  }
  if (found != nullptr && *found != named->family) {
    json.fail("model_type", fmt::format("the config says {}, the tensors are those of {}", escaped(type),
                                        keys_of(*found).architecture_stem));
  }
  return *named;
}

Architecture read_architecture(const JsonObject& json, const ConfigKeys& keys, const TensorFindings* tensors,
                               std::vector<std::string>& notes) {
  const std::string classifier = std::string(keys.architecture_stem) + "ForSequenceClassification";
  const std::string headless = std::string(keys.architecture_stem) + "Model";
  const std::vector<std::string> names = read_class_names(json);
  const auto names_one = [&](std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  const bool has_head = tensors != nullptr && tensors->has_head;

  if (names.empty()) {
    const bool has_part = tensors != nullptr && tensors->classifier_rows;
    const bool has_labels = tensors == nullptr && json.find("id2label") != nullptr;
    return has_part || has_labels ? Architecture{classifier, true} : Architecture{headless, false};
  }
  if (names_one(classifier) && (has_head || tensors == nullptr || !names_one(headless))) return {classifier, true};
  const auto is_other = [](const std::string& name) {
    return std::any_of(std::begin(kOtherClassifiers), std::end(kOtherClassifiers),
                       [&](std::string_view ending) { return name.ends_with(ending); });
  };
  if (has_head && std::none_of(names.begin(), names.end(), is_other)) {
    notes.push_back(fmt::format("{}: key 'architectures': {}, but the tensors have the head of {}, which is run",
                                json.source(), escaped(names.front()), classifier));
    return {classifier, true};
  }
  if (names_one(headless)) return {headless, false};
  json.refuse("architectures",
              fmt::format("{} is not supported; fbert runs {} and {}", escaped(names.front()), classifier, headless));
}

}  // namespace fbert
