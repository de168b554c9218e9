#include "cli/inspect_quantization.h"

#include <fmt/format.h>

#include "engine/quantized_folder.h"
#include "loader/model_folder.h"

namespace fbert {

using OrderedJson = nlohmann::ordered_json;

OrderedJson inspect_quantization(const QuantizationConfig& config, const std::filesystem::path& folder) {
  OrderedJson json = {{"format", "compressed-tensors int-quantized"}, {"in_floats", config.ignore}};
  const WeightFiles weights = WeightFiles::open(folder);
  const std::map<std::string, std::string>& metadata = weights.files().front().metadata();
  const std::pair<const char*, const char*> kKeys[] = {
      {"fbert_version", kVersionOfWriterKey}, {"recipe", kRecipeKey}, {"source_sha256", kSourceKey}};
  for (const auto& [name, key] : kKeys) {
    const auto found = metadata.find(key);
    if (found == metadata.end()) continue;
    // What fbert wrote is JSON where it is not a version; what somebody else wrote may be anything.
    const OrderedJson value = OrderedJson::parse(found->second, nullptr, false);
    json[name] = value.is_structured() ? value : OrderedJson(found->second);
  }
  return json;
}

std::string describe_quantization(const OrderedJson& quantization) {
  std::string text = quantization["format"].get<std::string>();
  if (quantization.contains("fbert_version")) text += ", by fbert " + quantization["fbert_version"].dump();
  text += "; in floats:";
  for (const OrderedJson& name : quantization["in_floats"]) text += ' ' + name.get<std::string>();
  return quantization["in_floats"].empty() ? text + " nothing" : text;
}

}  // namespace fbert
