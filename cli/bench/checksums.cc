#include "cli/bench/checksums.h"

#include "loader/weight_files.h"

namespace fbert {

const std::string& WeightChecksums::of(const std::filesystem::path& folder) {
  std::string& checksum = known_[folder];
  if (checksum.empty()) checksum = sha256_of(WeightFiles::open(folder));
  return checksum;
}

}  // namespace fbert
