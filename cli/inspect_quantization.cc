#include "cli/inspect_quantization.h"

#include <fmt/format.h>

#include "engine/quantized_folder.h"
#include "loader/error.h"
#include "loader/json.h"
#include "loader/model_folder.h"

namespace fbert {

using OrderedJson = nlohmann::ordered_json;

namespace {

// Metadata is text, and what fbert wrote is JSON where it is not a version; what somebody else wrote may be anything.
OrderedJson value_of(const std::string& metadata) {
  try {
    parse_json(metadata, "");  // bounds the depth, with which copying and printing recurse
  } catch (const Error&) {
    return metadata;
  }
  const OrderedJson value = OrderedJson::parse(metadata, nullptr, false);
  return value.is_structured() ? value : OrderedJson(metadata);
}

}  // namespace

OrderedJson inspect_quantization(const QuantizationConfig& config, const std::filesystem::path& folder) {
  OrderedJson json = {{"format", "compressed-tensors int-quantized"}, {"in_floats", config.ignore}};
  const WeightFiles weights = WeightFiles::open(folder);
  const std::map<std::string, std::string>& metadata = weights.files().front().metadata();
  const std::pair<const char*, const char*> kKeys[] = {
      {"fbert_version", kVersionOfWriterKey}, {"recipe", kRecipeKey}, {"source_sha256", kSourceKey}};
  for (const auto& [name, key] : kKeys) {
    const auto found = metadata.find(key);
    if (found != metadata.end()) json[name] = value_of(found->second);
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
