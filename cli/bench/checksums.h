#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "fbert/model_folder.h"

namespace fbert {

// SHA-256 of the weights of model folders, see sha256_of(). Reads each folder once: variants share theirs.
class WeightChecksums {
 public:
  // Throws what WeightFiles::open() throws.
  const std::string& of(const ModelFolder& folder);

 private:
  std::map<std::filesystem::path, std::string> known_;
};

}  // namespace fbert
