#pragma once

#include <optional>
#include <regex>
#include <string>

#include "fbert/scheme.h"
#include "loader/json.h"

namespace fbert {

// Reads the block `quantization_config` of config.json: the compressed-tensors convention, of which fbert runs 8-bit
// weights with a scale for each output channel and dynamic 8-bit activations with a scale for each token. Throws
// kUnsupported, with the key, for every other scheme; kData for a malformed block.
QuantizationConfig parse_quantization_config(const JsonObject& json);

// An entry of `ignore` that is a regular expression: what follows its "re:"; none for a name. Throws std::regex_error.
std::optional<std::regex> ignore_expression(const std::string& entry);

}  // namespace fbert
