#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "loader/atomic_file.h"
#include "loader/sha256.h"

namespace fbert::testing {

inline std::string sha256_of_file(const std::filesystem::path& path) {
  const std::string content = read_file(path, size_t{1} << 30);
  Sha256 sum;
  sum.update(std::as_bytes(std::span(content)));
  return sum.hex();
}

}  // namespace fbert::testing
