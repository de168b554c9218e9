#pragma once

#include <regex>
#include <set>
#include <string>
#include <vector>

#include "engine/modules.h"
#include "fbert/scheme.h"

namespace fbert {

// The scheme of each module of a quantised folder.
class ModuleSchemes {
 public:
  explicit ModuleSchemes(QuantizationConfig config);

  ModuleScheme of(const Module& module) const;

  // Whether `ignore` names the module, by its name as in the checkpoint, without ".weight". An expression has to match
  // from its beginning, not to its end.
  bool ignores(const std::string& module) const;

 private:
  QuantizationConfig config_;
  std::set<std::string> names_;
  std::vector<std::regex> expressions_;
};

}  // namespace fbert
