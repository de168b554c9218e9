#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include <sys/stat.h>

namespace fbert {

// What tells one version of a file from another: a replaced file is another one, a written one has another time.
struct FileVersion {
  uint64_t device = 0;
  uint64_t inode = 0;
  uint64_t size = 0;
  int64_t modified = 0;  // nanoseconds
  int64_t changed = 0;   // the same of its inode, which no program can set back

  bool operator==(const FileVersion&) const = default;
};

FileVersion version_of(const struct stat& status);

// A regular file opened for positioned reads, which may run in several threads at once. Directories, FIFOs and devices
// are refused without blocking. Errors throw kData with path and reason.
class InputFile {
 public:
  InputFile() = default;
  explicit InputFile(const std::filesystem::path& path);
  // `name` in the folder that is open as `folder`; `path` is what messages say.
  InputFile(const std::filesystem::path& path, int folder, const std::string& name);
  InputFile(InputFile&& other) noexcept;
  InputFile& operator=(InputFile&& other) noexcept;
  ~InputFile();

  uint64_t size() const { return version_.size; }  // when it was opened
  const FileVersion& version() const { return version_; }

  // Fills `out` from `offset`; throws when the file ends before.
  void read_at(uint64_t offset, std::span<std::byte> out) const;

 private:
  std::string path_;
  int fd_ = -1;
  FileVersion version_;
};

// False only where nothing has this name. True for a broken link or a file in a folder that may not be searched too:
// opening it then says what is wrong, where taking it for absent would go on without it.
bool is_there(const std::filesystem::path& path);

}  // namespace fbert
