#include "loader/folder_files.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "fbert/error.h"
#include "fbert/model_folder.h"
#include "loader/atomic_file.h"
#include "loader/text_file.h"

namespace fbert {

FolderFiles::FolderFiles(std::filesystem::path path) : path_(std::move(path)) {
  do {
    fd_ = ::open(path_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);  // O_PATH: a folder that may not be listed will do
  } while (fd_ < 0 && errno == EINTR);
  if (fd_ >= 0) return;
  const char* problem = errno == ENOTDIR ? "not a folder" : std::strerror(errno);
  throw Error(ErrorCode::kData, fmt::format("{}: cannot open: {}", path_.string(), problem));
}

FolderFiles::~FolderFiles() { ::close(fd_); }

bool FolderFiles::has(const std::string& name) const {
  struct stat status = {};
  if (::fstatat(fd_, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 || errno != ENOENT) return true;
  note(name, {});
  return false;
}

InputFile FolderFiles::open(const std::string& name) const {
  InputFile file(path_of(name), fd_, name);
  note(name, file.version());
  return file;
}

std::string FolderFiles::read(const std::string& name, size_t max_bytes) const {
  return read_whole(open(name), path_of(name), max_bytes);
}

std::string FolderFiles::text(const std::string& name, size_t max_bytes) const {
  return checked_text(read(name, max_bytes), path_of(name));
}

void FolderFiles::note(const std::string& name, const Seen& version) const {
  const std::lock_guard lock(mutex_);
  const auto [first, inserted] = seen_.emplace(name, version);
  if (inserted || first->second == version) return;
  throw Error(ErrorCode::kData,
              fmt::format("{}: changed while the model was loaded; load it again", path_of(name).string()));
}

void FolderFiles::check_unchanged() const {
  const auto now = [&](const std::string& name) -> Seen {
    struct stat status = {};
    if (::fstatat(fd_, name.c_str(), &status, 0) == 0) return version_of(status);
    // A link to nowhere is there, and is no file that was read.
    if (::fstatat(fd_, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) return FileVersion{};
    return {};
  };
  std::map<std::string, Seen> seen;
  {
    const std::lock_guard lock(mutex_);
    seen = seen_;
  }
  for (const auto& [name, version] : seen) note(name, now(name));
}

ModelFolder::ModelFolder(const std::filesystem::path& path) : files_(std::make_shared<const FolderFiles>(path)) {}

const std::filesystem::path& ModelFolder::path() const { return files_->path(); }

void ModelFolder::check_unchanged() const { files_->check_unchanged(); }

}  // namespace fbert
