#include "engine/config_reader.h"

#include <map>
#include <utility>

#include <fmt/format.h>

#include "engine/quantization_config.h"
#include "fbert/config.h"
#include "fbert/error.h"
#include "loader/json.h"

namespace fbert {
namespace {

constexpr int64_t kMostVocabulary = 16'000'000;
constexpr int64_t kMostSize = 1 << 20;
constexpr int64_t kMostLayers = 1024;
constexpr int64_t kMostPositions = 1 << 20;

// The key that counts.
const char* key_of(const JsonObject& json, const ConfigKey& key, std::vector<std::string>& notes) {
  if (key.other == nullptr || json.find(key.other) == nullptr) return key.name;
  const Json* own = json.find(key.name);
  if (own != nullptr && *own != json.at(key.other)) {
    notes.push_back(fmt::format("{}: key '{}': {}, but '{}' is {}, which counts", json.source(), key.name, own->dump(),
                                key.other, json.at(key.other).dump()));
  }
  return key.other;
}

Activation read_activation(const JsonObject& json, const char* key) {
  // gelu_fast and gelu_accurate are other ways to write the tanh form.
  static const std::map<std::string, Activation> kNames = {{"gelu", Activation::kGelu},
                                                           {"gelu_python", Activation::kGelu},
                                                           {"gelu_new", Activation::kGeluTanh},
                                                           {"gelu_fast", Activation::kGeluTanh},
                                                           {"gelu_accurate", Activation::kGeluTanh},
                                                           {"gelu_pytorch_tanh", Activation::kGeluTanh},
                                                           {"relu", Activation::kRelu}};
  const std::string name = json.string_or(key, "gelu");
  const auto found = kNames.find(name);
  if (found != kNames.end()) return found->second;
  std::string known;
  for (const auto& [other, activation] : kNames) known += (known.empty() ? "" : ", ") + other;
  json.refuse(key, fmt::format("activation {} is not supported; fbert runs {}", escaped(name), known));
}

// Options that would change the graph and that fbert does not run.
void refuse_other_graphs(const JsonObject& json) {
  const std::string positions = json.string_or("position_embedding_type", "absolute");
  if (positions != "absolute") {
    json.refuse("position_embedding_type", fmt::format("{} is not supported; fbert runs absolute", escaped(positions)));
  }
  for (const char* key : {"is_decoder", "add_cross_attention"}) {
    if (json.boolean_or(key, false)) json.refuse(key, "true is not supported; fbert runs encoders");
  }
}

}  // namespace

const char* to_string(Family family) { return family == Family::kBert ? "bert" : "distilbert"; }

const char* to_string(Activation activation) {
  switch (activation) {
    case Activation::kNone:
      return "linear";
    case Activation::kGelu:
      return "gelu";
    case Activation::kGeluTanh:
      return "gelu_pytorch_tanh";
    case Activation::kRelu:
      return "relu";
    case Activation::kTanh:
      return "tanh";
  }
  return "";
}

ModelConfig read_config(const JsonObject& json, const TensorFindings* tensors) {
  const ConfigKeys& keys = read_family(json, tensors);
  ModelConfig config;
  if (tensors != nullptr) config.notes = tensors->notes;
  config.family = keys.family;
  const Architecture architecture = read_architecture(json, keys, tensors, config.notes);
  config.architecture = architecture.name;
  refuse_other_graphs(json);

  const auto size_at = [&](const char* key, int64_t most) { return static_cast<int32_t>(json.integer(key, 1, most)); };
  const auto size = [&](const ConfigKey& key, int64_t most) { return size_at(key_of(json, key, config.notes), most); };
  config.vocab_size = size_at("vocab_size", kMostVocabulary);
  config.hidden_size = size(keys.hidden_size, kMostSize);
  config.num_hidden_layers = size(keys.num_hidden_layers, kMostLayers);
  config.num_attention_heads = size(keys.num_attention_heads, kMostSize);
  config.intermediate_size = size(keys.intermediate_size, kMostSize);
  config.max_position_embeddings = size_at("max_position_embeddings", kMostPositions);
  if (config.hidden_size % config.num_attention_heads != 0) {
    json.fail(keys.hidden_size.name, fmt::format("{} is not divisible by the {} attention heads", config.hidden_size,
                                                 config.num_attention_heads));
  }
  if (config.family == Family::kBert) {
    config.type_vocab_size = static_cast<int32_t>(json.integer_or("type_vocab_size", 2, 1, kMostSize));
    config.layer_norm_eps = static_cast<float>(json.number_or("layer_norm_eps", 1e-12));
    if (!(config.layer_norm_eps > 0 && config.layer_norm_eps < 1)) {
      json.fail("layer_norm_eps", "expected a number between 0 and 1");
    }
  }
  config.hidden_act = read_activation(json, keys.hidden_act.name);

  if (architecture.is_classifier) config.head = read_classification(json, tensors, config.notes);
  if (json.find("quantization_config") != nullptr) {
    config.quantization = parse_quantization_config(json.object("quantization_config"));
  }
  return config;
}

ModelConfig parse_config(std::string_view text, std::string_view source) {
  const Json document = parse_json(text, source, kMaxJsonValues, JsonRules::kPython);
  return read_config(JsonObject(document, std::string(source)), nullptr);
}

}  // namespace fbert
