#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "fbert/export.h"

namespace fbert {

class FolderFiles;

// The folder of a model, held open. Whatever is loaded from one ModelFolder comes from one version of it: files are
// opened in the folder that was there at the start, wherever its name or a link leads to since, and a file that has
// changed between two reads is an error (docs/models.md). Cheap to copy; copies share what was read. A path stands for
// the folder of a single load.
class FBERT_API ModelFolder {
 public:
  // Throws kData for what is not a folder or cannot be opened.
  ModelFolder(const std::filesystem::path& path);
  ModelFolder(const std::string& path) : ModelFolder(std::filesystem::path(path)) {}
  ModelFolder(const char* path) : ModelFolder(std::filesystem::path(path)) {}

  const std::filesystem::path& path() const;  // as it was given

  // Throws kData when a file that was read has been changed, replaced or removed since, or one that was looked for in
  // vain has come. All that load from a folder call it at their end.
  void check_unchanged() const;

  // For fbert itself: loader/folder_files.h.
  const FolderFiles& files() const { return *files_; }

 private:
  std::shared_ptr<const FolderFiles> files_;
};

}  // namespace fbert
