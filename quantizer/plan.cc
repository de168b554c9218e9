#include "quantizer/plan.h"

#include <algorithm>
#include <set>
#include <string_view>

#include <fmt/format.h>

#include "engine/modules.h"
#include "fbert/error.h"
#include "quantizer/centring.h"
#include "quantizer/rotation.h"

namespace fbert {
namespace {

// '*' stands for any characters, '?' for one.
bool matches(std::string_view pattern, std::string_view name) {
  size_t p = 0, n = 0;
  size_t star = std::string_view::npos, resume = 0;  // the last '*', and where the name goes on behind it
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = n;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == name[n])) {
      ++p, ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

// Linear layers of the encoder, by name.
std::set<std::string> kept_linears(const std::vector<std::string>& linears, const std::vector<std::string>& patterns) {
  std::set<std::string> kept;
  for (const std::string& pattern : patterns) {
    bool found = false;
    for (const std::string& linear : linears) {
      if (!matches(pattern, linear)) continue;
      found = true;
      kept.insert(linear);
    }
    if (!found) {
      throw OptionError(ErrorCode::kUsage, "", "keep",
                        fmt::format(": {} matches none of the {} linear layers of the encoder, such as {}",
                                    escaped(pattern), linears.size(), escaped(linears.front())));
    }
  }
  if (kept.size() == linears.size()) {
    throw OptionError(ErrorCode::kUsage, "", "keep", ": the patterns leave no linear layer to quantise");
  }
  return kept;
}

// The linear layers of the encoder, each layer's together.
std::vector<std::string> encoder_linears(const std::vector<Module>& modules) {
  std::vector<std::string> names;
  for (const Module& module : modules) {
    if (module.kind() == ModuleKind::kLinear && module.of_encoder()) names.push_back(module.name);
  }
  return names;
}

}  // namespace

QuantizationPlan plan_int8(const ModelConfig& config, const WeightFiles& files,
                           const std::optional<EmbeddingType>& embeddings, const std::vector<std::string>& keep) {
  const std::vector<Module> modules = modules_of(config, prefix_in(files, config.family));
  const std::set<std::string> kept = kept_linears(encoder_linears(modules), keep);
  const auto head_size = static_cast<size_t>(config.head_size());
  QuantizationPlan plan;
  std::vector<std::string> head, tables;  // of what stays in floats
  const Module* value = nullptr;          // of the layer
  for (const Module& module : modules) {
    const std::string weight = module.name + ".weight";
    const bool quantize = module.kind() == ModuleKind::kLinear && module.of_encoder() && kept.count(module.name) == 0;
    if (quantize) {
      plan.quantized.push_back(module.name);
      plan.tensors[weight].type = EmbeddingType::kInt8;
    }
    switch (module.role) {
      case Role::kWordEmbeddings:
        if (embeddings) plan.tensors[weight].type = *embeddings;
        break;
      case Role::kPositionEmbeddings:
      case Role::kTypeEmbeddings:
        tables.push_back(module.name);
        break;
      case Role::kHeadDense:
      case Role::kClassifier:
        head.push_back(module.name);
        break;
      case Role::kValue:
        value = quantize ? &module : nullptr;
        break;
      case Role::kAttentionOutput:
        if (!quantize || value == nullptr) break;
        plan.tensors[value->name + ".weight"].change = output_rotation(head_size);
        plan.tensors[value->name + ".bias"].change = output_rotation(head_size);
        plan.tensors[weight].change = input_rotation(head_size);
        break;
      default:
        break;
    }
    if (module.kind() == ModuleKind::kLinear && module.of_encoder() && !quantize) plan.kept.push_back(module.name);
  }
  plan.ignore = plan.kept;
  plan.ignore.insert(plan.ignore.end(), head.begin(), head.end());
  if (embeddings == EmbeddingType::kInt8) plan.ignore.insert(plan.ignore.end(), tables.begin(), tables.end());
  return plan;
}

LoadedWeights load_planned(const ModelConfig& config, const WeightFiles& files, const QuantizationPlan& plan,
                           const kernels::KernelTable& kernels) {
  LoadedWeights loaded = load_weights(config, files, {.plans = plan.tensors, .blas = Blas::kOwn});
  centre_inputs(config, loaded, kernels);
  return loaded;
}

}  // namespace fbert
