#include "tests/support/paths.h"

#include <cstdlib>
#include <stdexcept>
#include <string>

namespace fbert::testing {

namespace fs = std::filesystem;

fs::path source_dir() { return FBERT_SOURCE_DIR; }

std::optional<fs::path> shared_data() {
  const char* named = std::getenv("FBERT_SHARED_DATA");
  const fs::path folder = named != nullptr ? fs::path(named) : source_dir().parent_path() / "shared" / "data";
  if (fs::is_regular_file(folder / "SOURCES.md")) return folder;
  return std::nullopt;
}

TemporaryFolder::TemporaryFolder() {
  std::string name = (fs::temp_directory_path() / "fbert-test-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot create " + name);
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace fbert::testing
