#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace fbert {

// Where the default model may lie, seen from the folder of the program: beside it, in an install prefix, in the source
// tree whose build folder holds the program.
std::vector<std::filesystem::path> default_model_places(const std::filesystem::path& program_folder);

// The folder of the model to use: `model` (a folder or a Hugging Face id, see resolve_model()), else $FBERT_MODEL
// likewise, else the first of default_model_places() that exists. Throws kData with one line that names every place.
std::filesystem::path find_model(const std::string& model, const std::string& revision);

}  // namespace fbert
