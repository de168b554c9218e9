#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fbert/model_folder.h"
#include "fbert/precision.h"
#include "loader/json.h"
#include "loader/weight_files.h"

// What fbert writes into a quantised folder besides the tensors of a model (docs/quantized-format.md).
namespace fbert {

inline constexpr const char* kFormatVersion = "1";
inline constexpr const char* kRecordFile = "quantization.json";

// What stands beside linear layers whose inputs are centred (centring.h): the name of the layer, and
inline constexpr const char* kInputMean = ".input_mean";      // (in_features)
inline constexpr const char* kCentredBias = ".centred_bias";  // (out_features)
bool is_of_centring(std::string_view tensor);

// Metadata of model.safetensors.
inline constexpr const char* kFormatVersionKey = "fbert.format_version";
inline constexpr const char* kVersionOfWriterKey = "fbert.version";
inline constexpr const char* kRecipeKey = "fbert.recipe";         // JSON
inline constexpr const char* kSourceKey = "fbert.source_sha256";  // JSON

// How a quantised folder was made.
struct QuantizationRecord {
  std::string fbert_version;
  std::optional<EmbeddingType> embeddings;           // none: as in the source
  std::vector<std::string> keep;                     // patterns
  std::map<std::string, std::string> source_sha256;  // by name of the weight file
};

// The content of quantization.json.
std::string to_json(const QuantizationRecord& record);

// The same as metadata of model.safetensors.
std::map<std::string, std::string> to_metadata(const QuantizationRecord& record);

// The key quantization_config of config.json. `ignore`: the linear layers and tables that stay in floats.
nlohmann::ordered_json quantization_config(bool int8_embeddings, const std::vector<std::string>& ignore);

// The weight files of a folder. Throws kUnsupported for a file that fbert wrote in a version of the format that this
// fbert does not know.
WeightFiles open_weights(const ModelFolder& folder);

}  // namespace fbert
