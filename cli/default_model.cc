#include "cli/default_model.h"

#include <cstdlib>

#include "fbert/error.h"
#include "loader/hub_cache.h"

namespace fbert {

namespace fs = std::filesystem;

namespace {

constexpr const char* kDefaultModel = "fbert-mini-sst2";

fs::path program_folder() {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  return error ? fs::path(".") : program.parent_path();
}

}  // namespace

std::vector<fs::path> default_model_places(const fs::path& program_folder) {
  const fs::path model = fs::path("models") / kDefaultModel;
  std::vector<fs::path> places;
  for (const char* base : {".", "../share/fbert", "../.."}) {
    places.push_back((program_folder / base / model).lexically_normal());
  }
  return places;
}

fs::path find_model(const std::string& model, const std::string& revision) {
  if (!model.empty()) return resolve_model(model, revision);
  if (const char* named = std::getenv("FBERT_MODEL"); named != nullptr && *named != '\0') {
    return resolve_model(named, revision);
  }
  std::string searched;
  for (const fs::path& place : default_model_places(program_folder())) {
    std::error_code error;
    if (fs::is_directory(place, error)) return place;
    searched += (searched.empty() ? "" : ", ") + escaped(place.string(), 1000);
  }
  throw Error(ErrorCode::kData,
              "no model given with --model or FBERT_MODEL, and the default model is not in any of " + searched);
}

}  // namespace fbert
