#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/options.h"
#include "fbert/classifier.h"

namespace fbert {

// One of several forms of a model that a command runs side by side.
struct Variant {
  std::string name;    // as it was asked for: "fp32", "int8" or a folder
  ModelFolder folder;  // that of --model is shared: all of its variants are of one version
  ClassifierOptions options;
};

// Whether a variant of that name is the model of --model in a precision, not a folder of its own.
bool is_precision(std::string_view name);

// The folder that precisions in `list` mean: that of `model`, none where the list names folders only and `model`
// nothing.
std::optional<ModelFolder> folder_of_precisions(const std::string& list, const ModelOptions& model);

// The form of a model that `name` stands for: a precision that the model in `folder` is loaded with, or another folder,
// loaded as it is. Throws kUsage for a name that is neither.
Variant parse_variant(const std::string& name, const std::optional<ModelFolder>& folder, ClassifierOptions options);

// The variants of a list such as "fp32,int8,models/mine-int8". "" stands for fp32 and int8, for int8 alone where
// `folder` is quantised already. `options` is what all of them share. Throws kUsage for an empty or repeated name; what
// parse_variant() and load_config() throw.
std::vector<Variant> parse_variants(const std::string& list, const std::optional<ModelFolder>& folder,
                                    const ClassifierOptions& options);

}  // namespace fbert
