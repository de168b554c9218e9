#include "loader/temporary_path.h"

#include <atomic>
#include <cerrno>
#include <string>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

namespace fbert {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSuffix = ".tmp";

// What the names of the temporaries of `path` begin with. Cut, for a name may have at most 255 bytes.
std::string prefix_of(const fs::path& path) { return "." + path.filename().string().substr(0, 200) + "."; }

bool is_temporary(std::string_view name, std::string_view prefix) {
  if (!name.starts_with(prefix) || !name.ends_with(kSuffix)) return false;
  name.remove_prefix(prefix.size());
  return name.size() > kSuffix.size() && name.find_first_not_of("0123456789-") == name.size() - kSuffix.size();
}

}  // namespace

fs::path parent_of(const fs::path& path) { return path.has_parent_path() ? path.parent_path() : fs::path("."); }

fs::path temporary_path(const fs::path& path) {
  static std::atomic<unsigned> counter = 0;
  return parent_of(path) / fmt::format("{}{}-{}{}", prefix_of(path), ::getpid(), counter++, kSuffix);
}

void remove_stale_temporaries(const fs::path& path, const std::function<void(const fs::path&)>& remove) {
  const std::string prefix = prefix_of(path);
  std::error_code error;
  for (fs::directory_iterator entry(parent_of(path), error), end; !error && entry != end; entry.increment(error)) {
    if (!is_temporary(entry->path().filename().string(), prefix)) continue;
    const int fd = ::open(entry->path().c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0) continue;
    if (::flock(fd, LOCK_EX | LOCK_NB) == 0) remove(entry->path());
    ::close(fd);
  }
}

bool lock_temporary(int fd) {
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) return false;  // else: a file system without locks
  struct stat status = {};
  return ::fstat(fd, &status) == 0 && status.st_nlink > 0;
}

bool sync_folder(const fs::path& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return true;  // a folder one may write to but not list
  int result = 0;
  do {
    result = ::fsync(fd);
  } while (result != 0 && errno == EINTR);
  const int reason = errno;
  ::close(fd);
  errno = reason;
  return result == 0 || reason == EINVAL;
}

}  // namespace fbert
