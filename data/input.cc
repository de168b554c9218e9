#include "data/input.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>

#include "data/format.h"
#include "fbert/error.h"

namespace fbert {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

[[noreturn]] void fail_with_errno(const std::string& name, std::string_view what, int code) {
  throw Error(ErrorCode::kData, fmt::format("{}: {}: {}", name, what, std::generic_category().message(code)));
}

struct FileDescriptor {
  explicit FileDescriptor(int number) : fd(number) {}
  ~FileDescriptor() {
    if (fd > STDIN_FILENO) ::close(fd);
  }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;

  const int fd;
};

size_t read_some(int fd, const std::string& name, char* data, size_t size) {
  for (;;) {
    const ssize_t count = ::read(fd, data, size);
    if (count >= 0) return static_cast<size_t>(count);
    if (errno == EAGAIN) {  // standard input can be non-blocking: its other end may have made it so
      pollfd readable{.fd = fd, .events = POLLIN, .revents = 0};
      ::poll(&readable, 1, -1);
    } else if (errno != EINTR) {
      fail_with_errno(name, "cannot be read", errno);
    }
  }
}

// Of a regular file.
std::optional<uint64_t> file_size(int fd) {
  struct stat status = {};
  if (::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) return {};
  return static_cast<uint64_t>(status.st_size);
}

void strip_cr(std::string_view& line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
}

}  // namespace

void fail_at_line(const std::string& source, uint64_t line, const std::string& problem) {
  throw RowError(ErrorCode::kData, fmt::format("{}: line {}: {}", source, line, problem));
}

std::string at_position(const std::string& source, Position position, const std::string& problem) {
  return fmt::format("{}: line {}, column {}: {}", source, position.line, position.column, problem);
}

void fail_at(const std::string& source, Position position, const std::string& problem) {
  throw RowError(ErrorCode::kData, at_position(source, position, problem));
}

Input::Input(ReadFunction read, std::string name, size_t chunk_bytes, std::optional<uint64_t> size)
    : read_(std::move(read)),
      name_(std::move(name)),
      chunk_bytes_(std::max<size_t>(chunk_bytes, 1)),
      size_(size),
      buffer_(chunk_bytes_ + kByteOrderMark.size()) {}

Input Input::open(const std::string& path, size_t chunk_bytes) {
  const std::string name = path == "-" ? "<stdin>" : terminal_text(path);
  const int fd = path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) fail_with_errno(name, "cannot be opened", errno);
  const auto file = std::make_shared<FileDescriptor>(fd);
  return Input([file, name](char* data, size_t size) { return read_some(file->fd, name, data, size); }, name,
               chunk_bytes, file_size(fd));
}

Input Input::from_string(std::string bytes, std::string name, size_t chunk_bytes) {
  const auto text = std::make_shared<const std::string>(std::move(bytes));
  auto read = [text, offset = size_t{0}](char* data, size_t size) mutable {
    const size_t count = text->copy(data, size, offset);
    offset += count;
    return count;
  };
  return Input(std::move(read), std::move(name), chunk_bytes, text->size());
}

std::optional<double> Input::fraction() const {
  if (!size_) return {};
  return *size_ == 0 ? 1 : std::min(1.0, static_cast<double>(bytes_read_) / static_cast<double>(*size_));
}

std::string_view Input::next_chunk() {
  size_t size = read_(buffer_.data(), chunk_bytes_);
  bytes_read_ += size;
  if (!at_start_) return {buffer_.data(), size};

  // Waits for more only while what is there may become a byte order mark: a terminal's first line must not hang.
  at_start_ = false;
  while (size > 0 && size < kByteOrderMark.size() && kByteOrderMark.starts_with({buffer_.data(), size})) {
    const size_t more = read_(buffer_.data() + size, std::min(chunk_bytes_, kByteOrderMark.size()));
    if (more == 0) break;
    size += more;
    bytes_read_ += more;
  }
  std::string_view chunk(buffer_.data(), size);
  if (!chunk.starts_with(kByteOrderMark)) return chunk;
  chunk.remove_prefix(kByteOrderMark.size());
  return chunk.empty() ? next_chunk() : chunk;
}

bool LineReader::next(std::string_view& line) {
  partial_.clear();
  for (;;) {
    if (chunk_.empty()) chunk_ = input_.next_chunk();
    if (chunk_.empty() && partial_.empty()) return false;
    const size_t end = chunk_.empty() ? 0 : chunk_.find('\n');
    if (partial_.size() + std::min(end, chunk_.size()) > kMaxRecordBytes) {
      throw Error(ErrorCode::kData,
                  fmt::format("{}: line {}: longer than {} bytes", name(), line_ + 1, kMaxRecordBytes));
    }
    if (end == std::string_view::npos) {
      partial_.append(std::exchange(chunk_, {}));
      continue;
    }
    line = chunk_.substr(0, end);
    if (!partial_.empty()) line = partial_.append(line);
    if (!chunk_.empty()) chunk_.remove_prefix(end + 1);
    strip_cr(line);
    ++line_;
    return true;
  }
}

}  // namespace fbert
