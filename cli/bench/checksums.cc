#include "cli/bench/checksums.h"

#include "loader/weight_files.h"

namespace fbert {

const std::string& WeightChecksums::of(const ModelFolder& folder) {
  std::string& checksum = known_[folder.path()];
  if (checksum.empty()) checksum = sha256_of(WeightFiles::open(folder));
  return checksum;
}

}  // namespace fbert
