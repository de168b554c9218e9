#pragma once

#include <filesystem>
#include <string>

namespace fbert {

// Writes a folder so that after a crash or a kill the path holds what it held before or the whole new folder: files are
// written to a temporary folder beside it, which takes its place when all of them are on the disk. Destroying it before
// commit() removes the temporary folder; one that a killed process left behind is removed by the next OutputFolder for
// the same path. On file systems that cannot exchange two names, a kill in the middle of commit() can leave a
// folder that was to be replaced under its temporary name.
//
// All errors throw kData and name the path and the reason.
class OutputFolder {
 public:
  // With `replace`, commit() replaces a folder of plain files that is there; without it, throws kUsage for anything
  // that is there.
  OutputFolder(std::filesystem::path path, bool replace);
  ~OutputFolder();
  OutputFolder(const OutputFolder&) = delete;
  OutputFolder& operator=(const OutputFolder&) = delete;

  // Where to write the files, without folders among them.
  const std::filesystem::path& temporary() const { return temporary_; }

  void commit();

 private:
  void create_temporary();
  void discard() noexcept;
  [[noreturn]] void fail(const char* action);  // with the reason in errno

  std::filesystem::path path_;
  std::filesystem::path temporary_;
  bool replace_;
  int fd_ = -1;  // of the temporary folder, with the lock that says it is in use
};

}  // namespace fbert
