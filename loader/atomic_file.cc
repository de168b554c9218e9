#include "loader/atomic_file.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "loader/error.h"
#include "loader/input_file.h"

namespace fbert {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSuffix = ".tmp";

[[noreturn]] void throw_error(const fs::path& path, const std::string& problem) {
  throw Error(ErrorCode::kData, fmt::format("{}: {}", path.string(), problem));
}

// What the names of the temporary files for `path` begin with. Cut, for a name may have at most 255 bytes.
std::string temporary_prefix(const fs::path& path) { return "." + path.filename().string().substr(0, 200) + "."; }

fs::path folder_of(const fs::path& path) { return path.has_parent_path() ? path.parent_path() : fs::path("."); }

template <typename Call>
int retry_interrupted(Call call) {
  int result = 0;
  do {
    result = call();
  } while (result < 0 && errno == EINTR);
  return result;
}

// A writer holds a lock on its temporary file, and the lock ends with the process: a file that can be locked was left
// behind. Whatever fails here is left alone, the write itself does not depend on it.
void remove_stale_temporaries(const fs::path& path) {
  const std::string prefix = temporary_prefix(path);
  std::error_code error;
  for (fs::directory_iterator entry(folder_of(path), error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (!name.starts_with(prefix) || !name.ends_with(kSuffix)) continue;
    const std::string_view middle =
        std::string_view(name).substr(prefix.size(), name.size() - prefix.size() - kSuffix.size());
    if (middle.empty() || middle.find_first_not_of("0123456789-") != std::string_view::npos) continue;
    const int fd = ::open(entry->path().c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0) continue;
    if (::flock(fd, LOCK_EX | LOCK_NB) == 0) ::unlink(entry->path().c_str());
    ::close(fd);
  }
}

void refuse_other_than_file(const fs::path& path) {
  if (!path.has_filename()) throw_error(path, "cannot write: not the name of a file");
  struct stat status = {};
  if (::lstat(path.c_str(), &status) != 0 || S_ISREG(status.st_mode) || S_ISLNK(status.st_mode)) return;
  throw_error(path, fmt::format("cannot write: it is {}, expected a file or nothing",
                                S_ISDIR(status.st_mode) ? "a directory" : "a device, pipe or socket"));
}

}  // namespace

AtomicFile::AtomicFile(fs::path path) : path_(std::move(path)) {
  if (path_.native().find('\0') != std::string::npos) {
    throw Error(ErrorCode::kData, fmt::format("{}: a path cannot hold NUL", escaped(path_.native())));
  }
  refuse_other_than_file(path_);
  remove_stale_temporaries(path_);
  create_temporary();
}

AtomicFile::~AtomicFile() { discard(); }

void AtomicFile::create_temporary() {
  static std::atomic<unsigned> counter = 0;
  const std::string prefix = temporary_prefix(path_);
  for (;;) {
    temporary_ = folder_of(path_) / fmt::format("{}{}-{}{}", prefix, ::getpid(), counter++, kSuffix);
    fd_ = retry_interrupted(
        [&] { return ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666); });
    if (fd_ < 0 && errno == EEXIST) continue;
    if (fd_ < 0) fail("cannot create a temporary file beside it");
    ::flock(fd_, LOCK_EX | LOCK_NB);
    // Another writer may have taken the file for a stale one between its creation and the lock.
    struct stat status = {};
    if (::fstat(fd_, &status) == 0 && status.st_nlink > 0) break;
    ::close(std::exchange(fd_, -1));
  }
  struct stat replaced = {};
  const bool replaces = ::lstat(path_.c_str(), &replaced) == 0 && S_ISREG(replaced.st_mode);
  if (replaces && ::fchmod(fd_, replaced.st_mode & 0777) != 0) fail("cannot set the permissions of its temporary file");
}

void AtomicFile::discard() noexcept {
  if (fd_ < 0) return;
  ::unlink(temporary_.c_str());
  ::close(std::exchange(fd_, -1));
}

void AtomicFile::fail(const char* action) {
  const int reason = errno;
  discard();
  throw_error(path_, fmt::format("{}: {}", action, std::strerror(reason)));
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  if (fd_ < 0) throw Error(ErrorCode::kInternal, fmt::format("{}: written after its end", path_.string()));
  constexpr size_t kMaxRequest = size_t{1} << 30;  // Linux moves less than 2 GiB at once
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd_, bytes.data(), std::min(bytes.size(), kMaxRequest));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail("cannot write");
    bytes = bytes.subspan(static_cast<size_t>(n));
  }
}

void AtomicFile::write(std::string_view text) { write(std::as_bytes(std::span(text))); }

void AtomicFile::commit() {
  if (fd_ < 0) throw Error(ErrorCode::kInternal, fmt::format("{}: committed after its end", path_.string()));
  if (retry_interrupted([&] { return ::fsync(fd_); }) != 0) fail("cannot write to the disk");
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) fail("cannot replace");
  // A failed close reports nothing that fsync has not, and must not be repeated.
  ::close(std::exchange(fd_, -1));

  const int folder =
      retry_interrupted([&] { return ::open(folder_of(path_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
  if (folder < 0) return;  // a folder one may write to but not list
  const bool synced = retry_interrupted([&] { return ::fsync(folder); }) == 0 || errno == EINVAL;
  const int reason = errno;
  ::close(folder);
  if (!synced) throw_error(path_, fmt::format("cannot write its folder to the disk: {}", std::strerror(reason)));
}

void check_replaceable(const fs::path& path) { AtomicFile{path}; }

void replace_file(const fs::path& path, std::string_view content) {
  AtomicFile file(path);
  file.write(content);
  file.commit();
}

std::string read_file(const fs::path& path, size_t max_bytes) {
  const InputFile file(path);
  if (file.size() > max_bytes) throw_error(path, fmt::format("{} bytes, at most {} are read", file.size(), max_bytes));
  std::string content(static_cast<size_t>(file.size()), '\0');
  file.read_at(0, std::as_writable_bytes(std::span(content)));
  return content;
}

}  // namespace fbert
