#pragma once

#include <regex>
#include <set>
#include <string>
#include <vector>

#include "fbert/config.h"
#include "loader/json.h"

namespace fbert {

// Reads the block `quantization_config` of config.json: the compressed-tensors convention, of which fbert runs 8-bit
// weights with a scale for each output channel and dynamic 8-bit activations with a scale for each token. Throws
// kUnsupported, with the key, for every other scheme; kData for a malformed block.
QuantizationConfig parse_quantization_config(const JsonObject& json);

// The modules that stay in floats.
class IgnoreList {
 public:
  explicit IgnoreList(const QuantizationConfig& config);

  // `module`: a name as in the checkpoint, without ".weight". An expression has to match from its beginning, not to its
  // end.
  bool contains(const std::string& module) const;

 private:
  std::set<std::string> names_;
  std::vector<std::regex> expressions_;
};

}  // namespace fbert
