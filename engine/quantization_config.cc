#include "engine/quantization_config.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "fbert/error.h"

namespace fbert {
namespace {

constexpr std::string_view kExpression = "re:";
constexpr size_t kMostIgnored = 100'000;
constexpr size_t kMostExpressions = 64;
constexpr size_t kMostExpressionBytes = 256;
constexpr std::string_view kFinished[] = {"compressed", "frozen"};

void require(const JsonObject& json, std::string_view key, const char* expected) {
  const std::string found = json.string(key);
  if (found == expected) return;
  json.refuse(key, fmt::format("{} is not supported; fbert runs '{}'", escaped(found), expected));
}

void require(const JsonObject& json, std::string_view key, bool expected) {
  if (json.boolean(key) == expected) return;
  json.refuse(key, fmt::format("{} is not supported; fbert runs {}", !expected, expected));
}

void require_8_bits(const JsonObject& json) {
  const int64_t found = json.integer("num_bits", 1, 64);
  if (found != 8) json.refuse("num_bits", fmt::format("{} is not supported; fbert runs 8", found));
}

// A scheme that would change the numbers and that fbert does not run: only absent, null or empty.
void require_none(const JsonObject& json, std::string_view key) {
  const Json* found = json.find(key);
  if (found == nullptr || (found->is_structured() && found->empty())) return;
  json.refuse(key, "is not supported; expected null or nothing");
}

// "dense" says that the weights are kept whole.
void require_dense(const JsonObject& json, std::string_view key) {
  const Json* found = json.find(key);
  if (found == nullptr || !found->is_object() || found->empty()) return require_none(json, key);
  require(json.object(key), "format", "dense");
}

// What a file says of itself once its weights are final: older writers left "frozen" there.
void require_finished(const JsonObject& json, std::string_view key) {
  const std::string status = json.string(key);
  if (std::find(std::begin(kFinished), std::end(kFinished), status) != std::end(kFinished)) return;
  json.refuse(key, fmt::format("{} is not supported; fbert runs {}", escaped(status), fmt::join(kFinished, " and ")));
}

WeightScheme read_weights(const JsonObject& json) {
  require_8_bits(json);
  require(json, "type", "int");
  require(json, "symmetric", true);
  require(json, "strategy", "channel");
  require(json, "dynamic", false);
  require_none(json, "group_size");
  require_none(json, "block_structure");
  return {.bits = 8, .granularity = Granularity::kChannel, .symmetric = true};
}

ActivationScheme read_activations(const JsonObject& json) {
  require_8_bits(json);
  require(json, "type", "int");
  require(json, "symmetric", true);
  require(json, "strategy", "token");
  require(json, "dynamic", true);
  return {.bits = 8, .granularity = Granularity::kToken, .symmetric = true, .dynamic = true};
}

// What a group says, and of what: "Linear" or "Embedding".
struct Group {
  std::string target;
  ModuleScheme scheme;
};

Group read_group(const JsonObject& group) {
  const Json& targets = group.at("targets");
  if (!targets.is_array() || targets.size() != 1 || !targets.front().is_string()) {
    group.fail("targets", "expected an array of one string");
  }
  std::string target = targets.front().get<std::string>();
  if (target != "Linear" && target != "Embedding") {
    group.refuse("targets", fmt::format("{} is not supported; fbert runs Linear and Embedding", escaped(target)));
  }
  if (group.find("format") != nullptr) require(group, "format", "int-quantized");
  ModuleScheme scheme{.weights = read_weights(group.object("weights"))};
  if (target == "Linear") {
    if (group.find("input_activations") == nullptr) {
      group.refuse("input_activations", "weights without quantised activations are not supported");
    }
    scheme.activations = read_activations(group.object("input_activations"));
  } else {
    require_none(group, "input_activations");
  }
  require_none(group, "output_activations");
  return {target, scheme};
}

// compressed-tensors carries the version of the program that wrote the file; the convention is that of all its 0.x.
void check_version(const JsonObject& json) {
  const std::string version = json.string_or("version", "0.");
  if (!version.starts_with("0.")) {
    json.refuse("version", fmt::format("{} is not known; fbert reads 0.x", escaped(version)));
  }
}

std::vector<std::string> read_ignore(const JsonObject& json) {
  std::vector<std::string> ignore;
  const Json* list = json.find("ignore");
  if (list == nullptr) return ignore;
  if (!list->is_array()) json.fail("ignore", "expected an array of strings");
  if (list->size() > kMostIgnored) json.fail("ignore", fmt::format("more than {} entries", kMostIgnored));
  size_t expressions = 0;
  for (const Json& value : *list) {
    if (!value.is_string()) json.fail("ignore", "expected an array of strings");
    ignore.push_back(value.get<std::string>());
    const std::string& entry = ignore.back();
    if (!entry.starts_with(kExpression)) continue;
    if (++expressions > kMostExpressions) {
      json.fail("ignore", fmt::format("more than {} regular expressions", kMostExpressions));
    }
    if (entry.size() > kMostExpressionBytes) {
      json.fail("ignore", fmt::format("a regular expression of more than {} bytes", kMostExpressionBytes));
    }
    try {
      ignore_expression(entry);
    } catch (const std::regex_error&) {
      json.fail("ignore", fmt::format("{} is not a regular expression that fbert can read", escaped(entry)));
    }
  }
  return ignore;
}

}  // namespace

std::optional<std::regex> ignore_expression(const std::string& entry) {
  if (!entry.starts_with(kExpression)) return std::nullopt;
  const std::string expression = entry.substr(kExpression.size());
  // In polynomial mode an expression cannot take exponential time; it has no back-references. Counts are refused
  // because they are expanded, and the matcher's recursion with them.
  if (expression.find('{') != std::string::npos) throw std::regex_error(std::regex_constants::error_brace);
  return std::regex(expression, std::regex::ECMAScript | std::regex_constants::__polynomial);
}

QuantizationConfig parse_quantization_config(const JsonObject& json) {
  require(json, "quant_method", "compressed-tensors");
  check_version(json);
  require(json, "format", "int-quantized");
  require_finished(json, "quantization_status");
  require_dense(json, "sparsity_config");
  for (const char* key : {"kv_cache_scheme", "transform_config"}) require_none(json, key);

  QuantizationConfig config;
  const JsonObject groups = json.object("config_groups");
  for (const auto& [name, unused] : groups.json().items()) {
    const Group group = read_group(groups.object(name));
    ModuleScheme& scheme = group.target == "Linear" ? config.linear : config.embedding;
    if (scheme.weights) groups.refuse(name, "a second group for the same target is not supported");
    scheme = group.scheme;
  }
  if (!config.linear.weights) json.fail("config_groups", "no group has the target Linear");
  config.ignore = read_ignore(json);
  return config;
}

}  // namespace fbert
