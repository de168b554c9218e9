#include "fbert/config.h"

#include <array>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "engine/quantization_config.h"
#include "fbert/error.h"
#include "loader/folder_files.h"
#include "loader/json.h"

namespace fbert {
namespace {

constexpr int64_t kMostVocabulary = 16'000'000;
constexpr int64_t kMostSize = 1 << 20;
constexpr int64_t kMostLayers = 1024;
constexpr int64_t kMostPositions = 1 << 20;
constexpr int64_t kMostLabels = 1 << 20;

// The keys under which a family keeps its sizes.
struct KeyTable {
  Family family;
  const char* model_type;
  const char* architecture_stem;  // "Bert" + "ForSequenceClassification" or "Model"
  const char* hidden_size;
  const char* num_hidden_layers;
  const char* num_attention_heads;
  const char* intermediate_size;
  const char* hidden_act;
};

constexpr std::array kFamilies = {
    KeyTable{Family::kBert, "bert", "Bert", "hidden_size", "num_hidden_layers", "num_attention_heads",
             "intermediate_size", "hidden_act"},
    KeyTable{Family::kDistilBert, "distilbert", "DistilBert", "dim", "n_layers", "n_heads", "hidden_dim", "activation"},
};

[[noreturn]] void fail_unsupported(const JsonObject& json, std::string_view key, const std::string& problem) {
  throw Error(ErrorCode::kUnsupported, fmt::format("{}: key '{}': {}", json.source(), key, problem));
}

const KeyTable& read_family(const JsonObject& json) {
  const std::string type = json.string("model_type");
  for (const KeyTable& keys : kFamilies) {
    if (type == keys.model_type) return keys;
  }
  fail_unsupported(json, "model_type",
                   fmt::format("{} is not supported; fbert runs bert and distilbert", escaped(type)));
}

// Sets the architecture; true for a classifier. Without the key, a model with labels is taken for a classifier.
bool read_architecture(const JsonObject& json, const KeyTable& keys, ModelConfig& config) {
  const std::string classifier = std::string(keys.architecture_stem) + "ForSequenceClassification";
  const std::string headless = std::string(keys.architecture_stem) + "Model";
  const Json* list = json.find("architectures");
  if (list == nullptr) {
    config.architecture = json.find("id2label") != nullptr ? classifier : headless;
  } else {
    if (!list->is_array() || list->size() != 1 || !list->front().is_string()) {
      json.fail("architectures", "expected an array of one string");
    }
    config.architecture = list->front().get<std::string>();
  }
  if (config.architecture == classifier) return true;
  if (config.architecture == headless) return false;
  fail_unsupported(
      json, "architectures",
      fmt::format("{} is not supported; fbert runs {} and {}", escaped(config.architecture), classifier, headless));
}

Activation read_activation(const JsonObject& json, const char* key) {
  static const std::map<std::string, Activation> kNames = {{"gelu", Activation::kGelu},
                                                           {"gelu_new", Activation::kGeluTanh},
                                                           {"gelu_pytorch_tanh", Activation::kGeluTanh},
                                                           {"relu", Activation::kRelu}};
  const std::string name = json.string_or(key, "gelu");
  const auto found = kNames.find(name);
  if (found == kNames.end()) {
    fail_unsupported(
        json, key,
        fmt::format("activation {} is not supported; fbert runs gelu, gelu_new, gelu_pytorch_tanh and relu",
                    escaped(name)));
  }
  return found->second;
}

// Options that would change the graph and that fbert does not run.
void refuse_other_graphs(const JsonObject& json) {
  const std::string positions = json.string_or("position_embedding_type", "absolute");
  if (positions != "absolute") {
    fail_unsupported(json, "position_embedding_type",
                     fmt::format("{} is not supported; fbert runs absolute", escaped(positions)));
  }
  for (const char* key : {"is_decoder", "add_cross_attention"}) {
    if (json.boolean_or(key, false)) fail_unsupported(json, key, "true is not supported; fbert runs encoders");
  }
}

// A label id written as a JSON key: digits without leading zeros.
std::optional<int64_t> parse_label_id(const std::string& text) {
  if (text.empty() || text.size() > 7 || (text.size() > 1 && text[0] == '0')) return std::nullopt;
  int64_t id = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    id = id * 10 + (c - '0');
  }
  return id;
}

std::vector<std::string> read_labels(const JsonObject& json) {
  std::vector<std::string> labels;
  if (json.find("id2label") == nullptr) {
    const int64_t count = json.integer_or("num_labels", 2, 1, kMostLabels);
    for (int64_t i = 0; i < count; ++i) labels.push_back(fmt::format("LABEL_{}", i));
    return labels;
  }
  const JsonObject names = json.object("id2label");
  const size_t count = names.json().size();
  if (count == 0) json.fail("id2label", "expected at least one label");
  labels.resize(count);
  std::map<std::string, std::string> ids;  // label -> id, to find duplicates
  for (const auto& [key, value] : names.json().items()) {
    const std::optional<int64_t> id = parse_label_id(key);
    if (!id || *id >= static_cast<int64_t>(count)) {
      json.fail("id2label", fmt::format("expected the ids 0 to {}, found {}", count - 1, escaped(key)));
    }
    if (!value.is_string()) names.fail(key, "expected a string");
    labels[static_cast<size_t>(*id)] = value.get<std::string>();
    const auto [other, is_new] = ids.emplace(value.get<std::string>(), key);
    if (!is_new) {
      json.fail("id2label",
                fmt::format("label {} stands for both {} and {}", escaped(other->first), other->second, key));
    }
  }
  const int64_t stated = json.integer_or("num_labels", static_cast<int64_t>(count), 1, kMostLabels);
  if (stated != static_cast<int64_t>(count)) {
    json.fail("num_labels", fmt::format("{} does not match the {} labels of id2label", stated, count));
  }
  return labels;
}

ProblemType read_problem_type(const JsonObject& json, size_t labels) {
  const std::string name = json.string_or("problem_type", "");
  if (name == "regression") return ProblemType::kRegression;
  if (name == "single_label_classification") return ProblemType::kSingleLabel;
  if (name == "multi_label_classification") return ProblemType::kMultiLabel;
  if (!name.empty()) fail_unsupported(json, "problem_type", fmt::format("{} is not supported", escaped(name)));
  return labels == 1 ? ProblemType::kRegression : ProblemType::kSingleLabel;
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

ModelConfig parse_config(std::string_view text, std::string_view source) {
  const Json document = parse_json(text, source);
  const JsonObject json(document, std::string(source));
  const KeyTable& keys = read_family(json);

  ModelConfig config;
  config.family = keys.family;
  const bool is_classifier = read_architecture(json, keys, config);
  refuse_other_graphs(json);

  const auto size = [&](const char* key, int64_t most) { return static_cast<int32_t>(json.integer(key, 1, most)); };
  config.vocab_size = size("vocab_size", kMostVocabulary);
  config.hidden_size = size(keys.hidden_size, kMostSize);
  config.num_hidden_layers = size(keys.num_hidden_layers, kMostLayers);
  config.num_attention_heads = size(keys.num_attention_heads, kMostSize);
  config.intermediate_size = size(keys.intermediate_size, kMostSize);
  config.max_position_embeddings = size("max_position_embeddings", kMostPositions);
  if (config.hidden_size % config.num_attention_heads != 0) {
    json.fail(keys.hidden_size, fmt::format("{} is not divisible by the {} attention heads", config.hidden_size,
                                            config.num_attention_heads));
  }
  if (config.family == Family::kBert) {
    config.type_vocab_size = static_cast<int32_t>(json.integer_or("type_vocab_size", 2, 1, kMostSize));
    config.layer_norm_eps = static_cast<float>(json.number_or("layer_norm_eps", 1e-12));
    if (!(config.layer_norm_eps > 0 && config.layer_norm_eps < 1)) {
      json.fail("layer_norm_eps", "expected a number between 0 and 1");
    }
  }
  config.hidden_act = read_activation(json, keys.hidden_act);

  if (is_classifier) {
    const std::vector<std::string> labels = read_labels(json);
    config.head = SequenceClassification{labels, read_problem_type(json, labels.size())};
  }
  if (json.find("quantization_config") != nullptr) {
    config.quantization = parse_quantization_config(json.object("quantization_config"));
  }
  return config;
}

ModelConfig load_config(const ModelFolder& folder) {
  constexpr const char* kFile = "config.json";
  constexpr size_t kMostConfigBytes = size_t{16} << 20;
  return parse_config(folder.files().read(kFile, kMostConfigBytes), folder.files().path_of(kFile).string());
}

}  // namespace fbert
