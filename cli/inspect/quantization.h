#pragma once

#include <filesystem>
#include <string>

#include <nlohmann/json.hpp>

#include "fbert/config.h"

namespace fbert {

// What `fbert inspect` says of a quantised folder: the modules that stay in floats, and, where fbert wrote it, how.
nlohmann::ordered_json inspect_quantization(const QuantizationConfig& config, const ModelFolder& folder);

// The same in one line.
std::string describe_quantization(const nlohmann::ordered_json& quantization);

}  // namespace fbert
