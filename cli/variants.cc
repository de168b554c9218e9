#include "cli/variants.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "data/text_util.h"
#include "fbert/config.h"
#include "fbert/error.h"

namespace fbert {
namespace {

std::string usual_variants(const ModelFolder& folder) {
  return load_config(folder).quantization ? "int8" : "fp32,int8";
}

}  // namespace

bool is_precision(std::string_view name) { return name == "fp32" || name == "int8"; }

std::optional<ModelFolder> folder_of_precisions(const std::string& list, const ModelOptions& model) {
  const std::vector<std::string> names = split_list(list, "--variant");
  const bool needed = names.empty() || std::any_of(names.begin(), names.end(), is_precision);
  if (!needed && model.model.empty()) return {};
  return model.folder();
}

Variant parse_variant(const std::string& name, const std::optional<ModelFolder>& folder, ClassifierOptions options) {
  options.precision = {};
  if (is_precision(name)) {
    options.precision = name == "int8" ? Precision::kInt8 : Precision::kF32;
    return {name, folder.value(), std::move(options)};
  }
  std::error_code ignored;
  if (std::filesystem::is_directory(name, ignored)) return {name, name, std::move(options)};
  throw Error(ErrorCode::kUsage, fmt::format("{} is neither fp32, int8 nor the folder of a model", escaped(name)));
}

std::vector<Variant> parse_variants(const std::string& list, const std::optional<ModelFolder>& folder,
                                    const ClassifierOptions& options) {
  std::vector<Variant> variants;
  for (const std::string& name : split_list(list.empty() ? usual_variants(folder.value()) : list, "--variant")) {
    const auto same_name = [&](const Variant& variant) { return variant.name == name; };
    if (std::any_of(variants.begin(), variants.end(), same_name)) {
      throw Error(ErrorCode::kUsage, fmt::format("--variant: {} is given twice", escaped(name)));
    }
    variants.push_back(parse_variant(name, folder, options));
  }
  return variants;
}

}  // namespace fbert
