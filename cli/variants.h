#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "cli/options.h"
#include "fbert/classifier.h"

namespace fbert {

// One of several forms of a model that a command runs side by side.
struct Variant {
  std::string name;  // as it was asked for: "fp32", "int8" or a folder
  std::filesystem::path folder;
  ClassifierOptions options;
};

// Whether a variant of that name is the model of --model in a precision, not a folder of its own.
bool is_precision(std::string_view name);

// The folder that precisions in `list` mean: that of `model`, "" where the list names folders only and `model` nothing.
std::filesystem::path folder_of_precisions(const std::string& list, const ModelOptions& model);

// The form of a model that `name` stands for: a precision that the model in `folder` is loaded with, or another folder,
// loaded as it is. Throws kUsage for a name that is neither.
Variant parse_variant(const std::string& name, const std::filesystem::path& folder, ClassifierOptions options);

// The variants of a list such as "fp32,int8,models/mine-int8". "" stands for fp32 and int8, for int8 alone where
// `folder` is quantised already. `options` is what all of them share. Throws kUsage for an empty or repeated name; what
// parse_variant() and load_config() throw.
std::vector<Variant> parse_variants(const std::string& list, const std::filesystem::path& folder,
                                    const ClassifierOptions& options);

}  // namespace fbert
