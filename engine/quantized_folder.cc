#include "engine/quantized_folder.h"

#include <fmt/format.h>

#include "fbert/error.h"

namespace fbert {
namespace {

using OrderedJson = nlohmann::ordered_json;

OrderedJson recipe(const QuantizationRecord& record) {
  return {{"method", "dynamic"},
          {"weights", "int8, symmetric, a scale for each output channel"},
          {"rotation", "Walsh-Hadamard, of the values of attention"},
          {"activations", "int8, dynamic, around the middle of the range of each token"},
          {"centring", "of activations, by their means over random tokens"},
          {"embeddings", record.embeddings ? to_string(*record.embeddings) : "as in the source"},
          {"keep", record.keep}};
}

OrderedJson scheme(const char* strategy, bool dynamic) {
  return {{"num_bits", 8}, {"type", "int"}, {"symmetric", true}, {"strategy", strategy}, {"dynamic", dynamic}};
}

}  // namespace

bool is_of_centring(std::string_view tensor) { return tensor.ends_with(kInputMean) || tensor.ends_with(kCentredBias); }

std::string to_json(const QuantizationRecord& record) {
  const OrderedJson json = {{"fbert_version", record.fbert_version},
                            {"format_version", kFormatVersion},
                            {"recipe", recipe(record)},
                            {"source_sha256", record.source_sha256}};
  return json.dump(2) + '\n';
}

std::map<std::string, std::string> to_metadata(const QuantizationRecord& record) {
  return {{"format", "pt"},  // Transformers refuses a file without it
          {kFormatVersionKey, kFormatVersion},
          {kVersionOfWriterKey, record.fbert_version},
          {kRecipeKey, recipe(record).dump()},
          {kSourceKey, OrderedJson(record.source_sha256).dump()}};
}

OrderedJson quantization_config(bool int8_embeddings, const std::vector<std::string>& ignore) {
  OrderedJson groups;
  groups["group_0"] = {{"targets", {"Linear"}},
                       {"weights", scheme("channel", false)},
                       {"input_activations", scheme("token", true)},
                       {"output_activations", nullptr}};
  if (int8_embeddings) {
    groups["group_1"] = {{"targets", {"Embedding"}},
                         {"weights", scheme("channel", false)},
                         {"input_activations", nullptr},
                         {"output_activations", nullptr}};
  }
  return {{"quant_method", "compressed-tensors"},
          {"format", "int-quantized"},
          {"quantization_status", "compressed"},
          {"config_groups", groups},
          {"ignore", ignore}};
}

namespace {

void check_format_version(const SafeTensors& file) {
  const auto version = file.metadata().find(kFormatVersionKey);
  if (version == file.metadata().end() || version->second == kFormatVersion) return;
  throw Error(ErrorCode::kUnsupported,
              fmt::format("{}: metadata '{}': version {} is not known; this fbert reads {}", file.source(),
                          kFormatVersionKey, escaped(version->second), kFormatVersion));
}

}  // namespace

WeightFiles open_weights(const ModelFolder& folder) {
  WeightFiles files = WeightFiles::open(folder);
  for (const SafeTensors& file : files.files()) check_format_version(file);
  return files;
}

}  // namespace fbert
