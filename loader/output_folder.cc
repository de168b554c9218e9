#include "loader/output_folder.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "fbert/error.h"
#include "loader/temporary_path.h"

namespace fbert {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail_folder(const fs::path& path, const std::string& problem, ErrorCode code = ErrorCode::kData) {
  throw Error(code, fmt::format("{}: {}", path.string(), problem));
}

int open_folder(const fs::path& path) {
  int fd = -1;
  do {
    fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
  } while (fd < 0 && errno == EINTR);
  return fd;
}

// Removes a folder of plain files. What cannot be removed stays, with what it holds.
void remove_folder(const fs::path& folder) noexcept {
  std::error_code error;
  fs::directory_iterator entry(folder, error);
  for (const fs::directory_iterator end; !error && entry != end; entry.increment(error)) {
    ::unlink(entry->path().c_str());  // refuses folders
  }
  ::rmdir(folder.c_str());
}

bool is_unknown_to_file_system() { return errno == EINVAL || errno == ENOSYS || errno == ENOTSUP; }

// Gives `from` the name of `to`, which nothing has.
bool rename_to_new(const fs::path& from, const fs::path& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return true;
  return is_unknown_to_file_system() && ::rename(from.c_str(), to.c_str()) == 0;
}

// Exchanges the names of two folders, in two steps where the file system cannot do it in one.
bool exchange(const fs::path& from, const fs::path& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_EXCHANGE) == 0) return true;
  if (!is_unknown_to_file_system()) return false;
  const fs::path aside = from.string() + ".old";
  if (::rename(to.c_str(), aside.c_str()) != 0) return false;
  if (::rename(from.c_str(), to.c_str()) != 0) {
    const int reason = errno;
    ::rename(aside.c_str(), to.c_str());
    errno = reason;
    return false;
  }
  return ::rename(aside.c_str(), from.c_str()) == 0;
}

}  // namespace

OutputFolder::OutputFolder(fs::path path, bool replace) : path_(std::move(path)), replace_(replace) {
  if (path_.native().find('\0') != std::string::npos) {
    fail_folder(escaped(path_.native()), "a path cannot hold NUL");
  }
  if (!path_.has_filename()) path_ = path_.parent_path();  // a slash at the end
  if (!path_.has_filename() || path_.filename() == "." || path_.filename() == "..") {
    fail_folder(path_, "cannot write: not the name of a new folder", ErrorCode::kUsage);
  }
  struct stat status = {};
  const bool exists = ::lstat(path_.c_str(), &status) == 0;
  if (exists && !replace_) fail_folder(path_, "exists already", ErrorCode::kUsage);
  if (exists && !S_ISDIR(status.st_mode)) fail_folder(path_, "cannot replace: not a folder", ErrorCode::kUsage);
  replace_ = exists;
  remove_stale_temporaries(path_, remove_folder);
  create_temporary();
}

OutputFolder::~OutputFolder() { discard(); }

void OutputFolder::create_temporary() {
  for (;;) {
    temporary_ = temporary_path(path_);
    if (::mkdir(temporary_.c_str(), 0777) != 0) {
      if (errno == EEXIST) continue;
      fail("cannot create a temporary folder beside it");
    }
    fd_ = open_folder(temporary_);
    if (fd_ < 0) {
      const int reason = errno;
      ::rmdir(temporary_.c_str());
      errno = reason;
      fail("cannot open its temporary folder");
    }
    if (lock_temporary(fd_)) return;
    ::close(std::exchange(fd_, -1));
  }
}

void OutputFolder::discard() noexcept {
  if (fd_ < 0) return;
  remove_folder(temporary_);
  ::close(std::exchange(fd_, -1));
}

void OutputFolder::fail(const char* action) {
  const int reason = errno;
  discard();
  fail_folder(path_, fmt::format("{}: {}", action, std::strerror(reason)));
}

void OutputFolder::commit() {
  if (fd_ < 0) fail_folder(path_, "committed after its end", ErrorCode::kInternal);
  if (!sync_folder(temporary_)) fail("cannot write to the disk");
  if (!(replace_ ? exchange(temporary_, path_) : rename_to_new(temporary_, path_))) {
    const bool lost = errno == (replace_ ? ENOENT : EEXIST) || errno == ENOTEMPTY;
    fail(!lost      ? "cannot put the new folder there"
         : replace_ ? "cannot be replaced, another program has removed it meanwhile"
                    : "cannot be written, another program has put a folder there meanwhile");
  }
  const bool synced = sync_folder(parent_of(path_));
  const int reason = errno;
  if (replace_) remove_folder(temporary_);  // what the folder was
  ::close(std::exchange(fd_, -1));
  if (!synced) {
    fail_folder(path_, fmt::format("cannot write its parent folder to the disk: {}", std::strerror(reason)));
  }
}

}  // namespace fbert
