#include "engine/checkpoint.h"

#include <utility>

#include "engine/config_reader.h"
#include "engine/quantized_folder.h"
#include "loader/input_file.h"
#include "loader/json.h"
#include "loader/text_file.h"

namespace fbert {
namespace {

constexpr size_t kMostConfigBytes = size_t{16} << 20;

Checkpoint read_checkpoint(const Json& document, const std::filesystem::path& path) {
  const JsonObject json(document, path.string());
  if (json.find("model_type") != nullptr) read_family(json, nullptr);  // before files of another family are opened
  WeightFiles files = open_weights(path.parent_path());
  const TensorFindings findings = find_tensors(files);
  ModelConfig config = read_config(json, &findings);
  return {std::move(config), std::move(files)};
}

std::filesystem::path config_path(const std::filesystem::path& folder) { return folder / "config.json"; }

}  // namespace

Checkpoint open_checkpoint(const std::filesystem::path& folder) {
  const std::filesystem::path path = config_path(folder);
  return read_checkpoint(load_folder_json(path, kMostConfigBytes), path);
}

ModelConfig load_config(const std::filesystem::path& folder) {
  const std::filesystem::path path = config_path(folder);
  const Json document = load_folder_json(path, kMostConfigBytes);
  if (has_weights(folder)) return read_checkpoint(document, path).config;
  return read_config(JsonObject(document, path.string()), nullptr);
}

}  // namespace fbert
