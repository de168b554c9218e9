#include "cli/variants.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "cli/text_util.h"
#include "loader/error.h"

namespace fbert {
namespace {

Variant parse_variant(const std::string& name, const std::filesystem::path& folder, ClassifierOptions options) {
  options.precision = {};
  if (name == "fp32" || name == "int8") {
    options.precision = name == "int8" ? Precision::kInt8 : Precision::kF32;
    return {name, folder, std::move(options)};
  }
  std::error_code ignored;
  if (std::filesystem::is_directory(name, ignored)) return {name, name, std::move(options)};
  throw Error(ErrorCode::kUsage,
              fmt::format("--variant: {} is neither fp32, int8 nor the folder of a model", escaped(name)));
}

}  // namespace

std::vector<Variant> parse_variants(const std::string& list, const std::filesystem::path& folder,
                                    const ClassifierOptions& options) {
  std::vector<Variant> variants;
  for (const std::string& name : split_list(list.empty() ? "fp32,int8" : list, "--variant")) {
    const auto same_name = [&](const Variant& variant) { return variant.name == name; };
    if (std::any_of(variants.begin(), variants.end(), same_name)) {
      throw Error(ErrorCode::kUsage, fmt::format("--variant: {} is given twice", escaped(name)));
    }
    variants.push_back(parse_variant(name, folder, options));
  }
  return variants;
}

std::vector<std::string> split_list(const std::string& list, const std::string& option) {
  std::vector<std::string> parts;
  if (list.empty()) return parts;
  for (size_t begin = 0; begin <= list.size();) {
    const size_t end = std::min(list.find(',', begin), list.size());
    parts.emplace_back(trimmed(std::string_view(list).substr(begin, end - begin)));
    if (parts.back().empty()) throw Error(ErrorCode::kUsage, option + ": an empty name in " + escaped(list));
    begin = end + 1;
  }
  return parts;
}

}  // namespace fbert
