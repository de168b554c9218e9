#include "engine/checkpoint.h"

#include <utility>

#include "engine/config_reader.h"
#include "engine/quantized_folder.h"
#include "loader/folder_files.h"
#include "loader/json.h"

namespace fbert {
namespace {

constexpr const char* kConfigFile = "config.json";

Json load_document(const ModelFolder& folder) {
  constexpr size_t kMostBytes = size_t{16} << 20;
  return load_json(folder.files(), kConfigFile, kMostBytes);
}

std::string source_of(const ModelFolder& folder) { return folder.files().path_of(kConfigFile).string(); }

Checkpoint read_checkpoint(const Json& document, const ModelFolder& folder) {
  const JsonObject json(document, source_of(folder));
  if (json.find("model_type") != nullptr) read_family(json, nullptr);  // before files of another family are opened
  WeightFiles files = open_weights(folder);
  const TensorFindings findings = find_tensors(files);
  ModelConfig config = read_config(json, &findings);
  return {std::move(config), std::move(files)};
}

}  // namespace

Checkpoint open_checkpoint(const ModelFolder& folder) { return read_checkpoint(load_document(folder), folder); }

ModelConfig load_config(const ModelFolder& folder) {
  const Json document = load_document(folder);
  if (has_weights(folder.files())) return read_checkpoint(document, folder).config;
  return read_config(JsonObject(document, source_of(folder)), nullptr);
}

}  // namespace fbert
