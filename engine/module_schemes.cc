#include "engine/module_schemes.h"

#include <optional>
#include <utility>

#include "engine/quantization_config.h"

namespace fbert {

ModuleSchemes::ModuleSchemes(QuantizationConfig config) : config_(std::move(config)) {
  for (const std::string& entry : config_.ignore) {
    if (const std::optional<std::regex> expression = ignore_expression(entry)) {
      expressions_.push_back(*expression);
    } else {
      names_.insert(entry);
    }
  }
}

ModuleScheme ModuleSchemes::of(const Module& module) const {
  if (module.kind() == ModuleKind::kLayerNorm || ignores(module.name)) return {};
  return module.kind() == ModuleKind::kLinear ? config_.linear : config_.embedding;
}

bool ModuleSchemes::ignores(const std::string& module) const {
  if (names_.count(module) != 0) return true;
  for (const std::regex& expression : expressions_) {
    if (std::regex_search(module, expression, std::regex_constants::match_continuous)) return true;
  }
  return false;
}

}  // namespace fbert
