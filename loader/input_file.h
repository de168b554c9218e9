#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

namespace fbert {

// A regular file opened for positioned reads, which may run in several threads at once. Directories, FIFOs and devices
// are refused without blocking. Errors throw kData with path and reason.
class InputFile {
 public:
  InputFile() = default;
  explicit InputFile(const std::filesystem::path& path);
  InputFile(InputFile&& other) noexcept;
  InputFile& operator=(InputFile&& other) noexcept;
  ~InputFile();

  uint64_t size() const { return size_; }  // when it was opened

  // Fills `out` from `offset`; throws when the file ends before.
  void read_at(uint64_t offset, std::span<std::byte> out) const;

 private:
  std::string path_;
  int fd_ = -1;
  uint64_t size_ = 0;
};

// False only where nothing has this name. True for a broken link or a file in a folder that may not be searched too:
// opening it then says what is wrong, where taking it for absent would go on without it.
bool is_there(const std::filesystem::path& path);

}  // namespace fbert
