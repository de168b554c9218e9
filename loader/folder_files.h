#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "loader/input_file.h"

namespace fbert {

// The files of one folder, opened relative to a descriptor of it, and what they were when they were opened. Errors
// throw kData with path and reason. Several threads may use it at once.
class FolderFiles {
 public:
  explicit FolderFiles(std::filesystem::path path);
  ~FolderFiles();
  FolderFiles(const FolderFiles&) = delete;
  FolderFiles& operator=(const FolderFiles&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path path_of(const std::string& name) const { return path_ / name; }  // for messages

  bool has(const std::string& name) const;  // as is_there()
  InputFile open(const std::string& name) const;
  std::string read(const std::string& name, size_t max_bytes) const;  // as read_file()

  std::string text(const std::string& name, size_t max_bytes) const;  // the same as checked_text()

  // Throws unless every file is what it was when it was opened, and every file that was missing still is.
  void check_unchanged() const;

 private:
  using Seen = std::optional<FileVersion>;  // none: it was not there

  void note(const std::string& name, const Seen& version) const;

  std::filesystem::path path_;
  int fd_ = -1;
  mutable std::mutex mutex_;
  mutable std::map<std::string, Seen> seen_;
};

}  // namespace fbert
