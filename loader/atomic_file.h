#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace fbert {

class InputFile;

// Writes a file so that after a crash or a kill the path holds either the old content or the whole new content: a
// temporary file in the same directory, fsync, rename, fsync of the directory. Destroying it before commit() removes
// the temporary file; one that a killed process left behind is removed by the next AtomicFile for the same path.
// Several writers may work on one path: the last commit wins.
//
// A symbolic link at `path` is replaced, what it points to stays as it is; a directory, device or pipe is refused. The
// permissions of a file that is replaced are kept. All errors throw kData and name the path and the reason.
class AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::span<const std::byte> bytes);
  void write(std::string_view text);
  void commit();

 private:
  void create_temporary();
  void discard() noexcept;
  [[noreturn]] void fail(const char* action);  // with the reason in errno

  std::filesystem::path path_;
  std::filesystem::path temporary_;
  int fd_ = -1;
};

// Throws if an AtomicFile cannot be made for `path`; changes nothing. For programs that have a long way to the content.
void check_replaceable(const std::filesystem::path& path);

// Puts `content` at `path` by an AtomicFile.
void replace_file(const std::filesystem::path& path, std::string_view content);

// The whole content of a regular file of at most `max_bytes`. Throws kData and names path and reason.
std::string read_file(const std::filesystem::path& path, size_t max_bytes);

// The same of a file that is open already; `path` is what messages say.
std::string read_whole(const InputFile& file, const std::filesystem::path& path, size_t max_bytes);

}  // namespace fbert
