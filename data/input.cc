#include "data/input.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "data/format.h"
#include "data/sniff.h"
#include "fbert/error.h"
#include "loader/utf8.h"

namespace fbert {
namespace {

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

// A path as it may be printed: bytes that are no UTF-8 as \xff, control characters as escapes.
std::string printable_path(const std::string& path) {
  if (valid_utf8_prefix(path) == path.size()) return terminal_text(path);
  std::string out;
  for (size_t i = 0; i < path.size();) {
    const size_t length = utf8_at(path, i).length;
    out += length > 0 ? terminal_text(std::string_view(path).substr(i, length))
                      : fmt::format("\\x{:02x}", static_cast<unsigned char>(path[i]));
    i += std::max<size_t>(length, 1);
  }
  return out;
}

struct LineEnds {
  size_t carriage_returns = 0;  // that no line feed follows
  size_t line_feeds = 0;
};

// CRs outside of quotes: in a field of CSV they are text.
LineEnds line_ends_in(std::string_view text) {
  LineEnds ends;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') quoted = !quoted;
    if (text[i] == '\n') ++ends.line_feeds;
    if (text[i] == '\r' && !quoted && text.substr(i + 1, 1) != "\n") ++ends.carriage_returns;
  }
  return ends;
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

Input::Input(Bytes bytes, std::string name, size_t chunk_bytes)
    : read_([read = std::move(bytes.read), total = bytes_read_](char* data, size_t size) {
        const size_t count = read(data, size);
        *total += count;
        return count;
      }),
      name_(std::move(name)),
      chunk_bytes_(std::max<size_t>(chunk_bytes, 1)),
      size_(bytes.size),
      at_hand_(bytes.at_hand) {}

Input Input::open(const std::string& path, size_t chunk_bytes) {
  const std::string name = path == "-" ? "<stdin>" : printable_path(path);
  const int fd = path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) fail_with_errno(name, "cannot be opened", errno);
  const auto file = std::make_shared<FileDescriptor>(fd);
  const std::optional<uint64_t> size = file_size(fd);
  return Input({.read = [file, name](char* data, size_t most) { return read_some(file->fd, name, data, most); },
                .size = size,
                .at_hand = size.has_value()},
               name, chunk_bytes);
}

Input Input::from_string(std::string bytes, std::string name, size_t chunk_bytes) {
  const size_t size = bytes.size();
  return Input(
      {.read = joined(std::move(bytes), [](char*, size_t) { return size_t{0}; }), .size = size, .at_hand = true},
      std::move(name), chunk_bytes);
}

std::optional<double> Input::fraction() const {
  if (!size_) return {};
  const uint64_t taken = *bytes_read_ - std::min<uint64_t>(*bytes_read_, rest_of_head().size());
  return *size_ == 0 ? 1 : std::min(1.0, static_cast<double>(taken) / static_cast<double>(*size_));
}

// A terminal's first line must not hang: where bytes have to be waited for, the lines that are asked for suffice,
// unless what is there may still become another kind of input.
void Input::gather(size_t lines) {
  const auto enough = [&] {
    const std::string_view text = rest_of_head();
    return static_cast<size_t>(std::count(text.begin(), text.end(), '\n')) >= lines && !may_change(text);
  };
  head_.resize(kChunkBytes);
  while (!ended_ && head_end_ < kChunkBytes && (at_hand_ || !enough())) {
    const size_t count = read_(head_.data() + head_end_, kChunkBytes - head_end_);
    head_end_ += count;
    ended_ = count == 0;
  }
}

// What was read so far, but for its first bytes, and the rest.
ReadBytes Input::taken_back(size_t skipped) {
  std::string head(head_.data() + skipped, head_end_ - skipped);
  head_end_ = 0;
  if (std::exchange(ended_, false)) read_ = [](char*, size_t) { return size_t{0}; };
  return joined(std::move(head), std::move(read_));
}

void Input::prepare() {
  prepared_ = true;
  bool was_gzip = false;
  for (bool is_utf8 = false; !is_utf8;) {
    gather(1);
    const Sniffed found = sniff(rest_of_head());
    const auto refuse = [&](const std::string& why) { throw Error(ErrorCode::kData, name_ + ": " + why); };
    switch (found.kind) {
      case ByteKind::kRefused:
        refuse(found.refusal);
        break;
      case ByteKind::kGzip:
        if (std::exchange(was_gzip, true)) refuse("this is gzip within gzip; unpack it first");
        read_ = gunzipped(taken_back(0), name_);
        break;
      case ByteKind::kText:
        is_utf8 = true;
        head_begin_ = found.mark_bytes;
        break;
      default:
        read_ = as_utf8(taken_back(found.mark_bytes), found.kind, name_);
        break;
    }
  }
  gather(1);  // a byte order mark may have come alone
  const LineEnds ends = line_ends_in(rest_of_head());
  if (ends.carriage_returns == 0) return;
  if (ends.line_feeds > 0) {
    if (ends.carriage_returns < 2 * ends.line_feeds) return;  // here and there in a text
    throw Error(ErrorCode::kData, name_ + ": most of its lines end with CR and others with LF; make them LF alone");
  }
  read_ = with_line_feeds(taken_back(std::exchange(head_begin_, 0)));
  gather(1);
}

std::string_view Input::head(size_t lines) {
  if (!prepared_) prepare();
  gather(lines);
  return rest_of_head();
}

void Input::skip_line() {
  head_begin_ += std::min(rest_of_head().find('\n'), rest_of_head().size() - 1) + 1;
  ++skipped_lines_;
}

std::string_view Input::next_chunk() {
  if (!prepared_) prepare();
  if (const std::string_view rest = rest_of_head(); !rest.empty()) {
    const std::string_view chunk = rest.substr(0, chunk_bytes_);
    head_begin_ += chunk.size();
    return chunk;
  }
  if (ended_) return {};
  buffer_.resize(chunk_bytes_);
  const size_t size = read_(buffer_.data(), chunk_bytes_);
  ended_ = size == 0;
  return {buffer_.data(), size};
}

std::string read_all(Input& input, size_t max_bytes, const char* hint) {
  std::string bytes;
  for (std::string_view chunk = input.next_chunk(); !chunk.empty(); chunk = input.next_chunk()) {
    if (bytes.size() + chunk.size() > max_bytes) {
      throw Error(ErrorCode::kData, fmt::format("{}: longer than {} bytes{}", input.name(), max_bytes, hint));
    }
    bytes += chunk;
  }
  return bytes;
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
