#include "loader/atomic_file.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "fbert/error.h"
#include "loader/input_file.h"
#include "loader/temporary_path.h"

namespace fbert {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail_file(const fs::path& path, const std::string& problem) {
  throw Error(ErrorCode::kData, fmt::format("{}: {}", path.string(), problem));
}

template <typename Call>
int retry_interrupted(Call call) {
  int result = 0;
  do {
    result = call();
  } while (result < 0 && errno == EINTR);
  return result;
}

void refuse_other_than_file(const fs::path& path) {
  if (!path.has_filename()) fail_file(path, "cannot write: not the name of a file");
  struct stat status = {};
  if (::lstat(path.c_str(), &status) != 0 || S_ISREG(status.st_mode) || S_ISLNK(status.st_mode)) return;
  fail_file(path, fmt::format("cannot write: it is {}, expected a file or nothing",
                              S_ISDIR(status.st_mode) ? "a directory" : "a device, pipe or socket"));
}

}  // namespace

AtomicFile::AtomicFile(fs::path path) : path_(std::move(path)) {
  if (path_.native().find('\0') != std::string::npos) {
    throw Error(ErrorCode::kData, fmt::format("{}: a path cannot hold NUL", escaped(path_.native())));
  }
  refuse_other_than_file(path_);
  remove_stale_temporaries(path_, [](const fs::path& stale) { ::unlink(stale.c_str()); });
  create_temporary();
}

AtomicFile::~AtomicFile() { discard(); }

void AtomicFile::create_temporary() {
  for (;;) {
    temporary_ = temporary_path(path_);
    fd_ = retry_interrupted(
        [&] { return ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666); });
    if (fd_ < 0 && errno == EEXIST) continue;
    if (fd_ < 0) fail("cannot create a temporary file beside it");
    if (lock_temporary(fd_)) break;
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
  fail_file(path_, fmt::format("{}: {}", action, std::strerror(reason)));
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
  if (!sync_folder(parent_of(path_))) {
    fail_file(path_, fmt::format("cannot write its folder to the disk: {}", std::strerror(errno)));
  }
}

void check_replaceable(const fs::path& path) { AtomicFile{path}; }

void replace_file(const fs::path& path, std::string_view content) {
  AtomicFile file(path);
  file.write(content);
  file.commit();
}

std::string read_file(const fs::path& path, size_t max_bytes) {
  return read_whole(InputFile(path), path, max_bytes);
}

std::string read_whole(const InputFile& file, const fs::path& path, size_t max_bytes) {
  if (file.size() > max_bytes) fail_file(path, fmt::format("{} bytes, at most {} are read", file.size(), max_bytes));
  std::string content(static_cast<size_t>(file.size()), '\0');
  file.read_at(0, std::as_writable_bytes(std::span(content)));
  return content;
}

}  // namespace fbert
