#include "cli/inspect/quantization.h"

#include <algorithm>

#include <fmt/format.h>

#include "cli/report/json_report.h"
#include "engine/quantized_folder.h"
#include "fbert/error.h"
#include "loader/json.h"
#include "loader/weight_files.h"

namespace fbert {

namespace {

constexpr size_t kMostNames = 4;  // of the layers in floats; the JSON has all

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

// What stands in the metadata need not be what fbert writes there.
std::string plain(const OrderedJson& value) { return value.is_string() ? value.get<std::string>() : dump(value); }

}  // namespace

OrderedJson inspect_quantization(const QuantizationConfig& config, const ModelFolder& folder) {
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
  if (quantization.contains("fbert_version")) text += ", by fbert " + plain(quantization["fbert_version"]);
  text += "; in floats:";
  const OrderedJson& names = quantization["in_floats"];
  for (size_t i = 0; i < std::min(names.size(), kMostNames); ++i) text += ' ' + names[i].get<std::string>();
  if (names.size() > kMostNames) text += fmt::format(" and {} more", names.size() - kMostNames);
  return names.empty() ? text + " nothing" : text;
}

}  // namespace fbert
