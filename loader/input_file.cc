#include "loader/input_file.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "fbert/error.h"

namespace fbert {
namespace {

[[noreturn]] void fail_reading(const std::string& path, const std::string& problem) {
  throw Error(ErrorCode::kData, fmt::format("{}: {}", path, problem));
}

const char* kind_of(mode_t mode) {
  if (S_ISDIR(mode)) return "a directory";
  if (S_ISFIFO(mode)) return "a pipe";
  if (S_ISSOCK(mode)) return "a socket";
  return "a device";
}

}  // namespace

FileVersion version_of(const struct stat& status) {
  constexpr int64_t kSecond = 1'000'000'000;
  return {.device = status.st_dev,
          .inode = status.st_ino,
          .size = static_cast<uint64_t>(status.st_size),
          .modified = status.st_mtim.tv_sec * kSecond + status.st_mtim.tv_nsec,
          .changed = status.st_ctim.tv_sec * kSecond + status.st_ctim.tv_nsec};
}

InputFile::InputFile(const std::filesystem::path& path) : InputFile(path, AT_FDCWD, path.string()) {}

InputFile::InputFile(const std::filesystem::path& path, int folder, const std::string& name) : path_(path.string()) {
  // O_NONBLOCK: opening a FIFO without a writer would wait for ever. It has no effect on regular files.
  do {
    fd_ = ::openat(folder, name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  } while (fd_ < 0 && errno == EINTR);
  if (fd_ < 0) fail_reading(path_, fmt::format("cannot open: {}", std::strerror(errno)));
  struct stat status = {};
  const bool known = ::fstat(fd_, &status) == 0;
  if (known && S_ISREG(status.st_mode)) {
    version_ = version_of(status);
    return;
  }
  const std::string problem = known ? fmt::format("expected a regular file, found {}", kind_of(status.st_mode))
                                    : fmt::format("cannot read its size: {}", std::strerror(errno));
  ::close(std::exchange(fd_, -1));
  fail_reading(path_, problem);
}

InputFile::InputFile(InputFile&& other) noexcept
    : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)), version_(other.version_) {}

InputFile& InputFile::operator=(InputFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(fd_, other.fd_);
  std::swap(version_, other.version_);
  return *this;
}

InputFile::~InputFile() {
  if (fd_ >= 0) ::close(fd_);
}

void InputFile::read_at(uint64_t offset, std::span<std::byte> out) const {
  constexpr size_t kMaxRequest = size_t{1} << 30;  // Linux moves less than 2 GiB at once
  while (!out.empty()) {
    const ssize_t n = ::pread(fd_, out.data(), std::min(out.size(), kMaxRequest), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail_reading(path_, fmt::format("cannot read at byte {}: {}", offset, std::strerror(errno)));
    if (n == 0) fail_reading(path_, fmt::format("ends at byte {}, had {} when it was opened", offset, size()));
    offset += static_cast<uint64_t>(n);
    out = out.subspan(static_cast<size_t>(n));
  }
}

bool is_there(const std::filesystem::path& path) {
  std::error_code ignored;  // the type tells: not_found, or none where it cannot be known
  return std::filesystem::symlink_status(path, ignored).type() != std::filesystem::file_type::not_found;
}

}  // namespace fbert
