#include "loader/folder_files.h"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fbert/model_folder.h"
#include "tests/loader/safetensors_bytes.h"
#include "tests/support/paths.h"
#include "tests/support/tiny_model.h"

namespace fbert::folder_files_test {
namespace {

namespace fs = std::filesystem;
using testing::error_of;
using ::testing::HasSubstr;

constexpr size_t kMost = 100;

void write(const fs::path& path, const std::string& content) {
  fs::create_directories(path.parent_path());
  testing::write_text(path, content);
}

void replace(const fs::path& path, const std::string& content) {
  write(path.string() + ".new", content);
  fs::rename(path.string() + ".new", path);
}

TEST(FolderFiles, ReadsTheFolderThatWasOpenedWhereverItsNameLeads) {
  const testing::TemporaryFolder root;
  write(root.path() / "a/file", "one");
  write(root.path() / "b/file", "two");
  fs::create_directory_symlink("a", root.path() / "link");
  const ModelFolder folder(root.path() / "link");
  fs::create_directory_symlink("b", root.path() / "other");
  fs::rename(root.path() / "other", root.path() / "link");
  EXPECT_EQ(folder.files().read("file", kMost), "one");
  fs::rename(root.path() / "a", root.path() / "c");
  EXPECT_EQ(folder.files().read("file", kMost), "one");
  folder.check_unchanged();
}

TEST(FolderFiles, RefusesAFileThatWasReplacedWrittenOrRemoved) {
  const testing::TemporaryFolder root;
  const fs::path file = root.path() / "file";
  const auto change = [&](auto how) {
    write(file, "old");
    const ModelFolder folder(root.path());
    folder.files().read("file", kMost);
    folder.check_unchanged();
    how();
    return error_of([&] { folder.check_unchanged(); });
  };
  const auto changed = HasSubstr(file.string() + ": changed while the model was loaded");
  EXPECT_THAT(change([&] { replace(file, "old"); }), changed);
  EXPECT_THAT(change([&] { write(file, "other"); }), changed);
  EXPECT_THAT(change([&] { fs::remove(file); }), changed);
}

TEST(FolderFiles, RefusesToReadAReplacedFileAgain) {
  const testing::TemporaryFolder root;
  write(root.path() / "file", "old");
  const ModelFolder folder(root.path());
  folder.files().read("file", kMost);
  replace(root.path() / "file", "new");
  EXPECT_THAT(error_of([&] { folder.files().read("file", kMost); }), HasSubstr("changed while the model was loaded"));
}

TEST(FolderFiles, RefusesAFileThatCameAfterItWasMissed) {
  const testing::TemporaryFolder root;
  const ModelFolder folder(root.path());
  EXPECT_FALSE(folder.files().has("file"));
  folder.check_unchanged();
  write(root.path() / "file", "new");
  EXPECT_THAT(error_of([&] { folder.check_unchanged(); }), HasSubstr("file: changed while the model was loaded"));
}

TEST(FolderFiles, TakesABrokenLinkForAFileThatCannotBeOpened) {
  const testing::TemporaryFolder root;
  fs::create_symlink("nowhere", root.path() / "file");
  const ModelFolder folder(root.path());
  EXPECT_TRUE(folder.files().has("file"));
  EXPECT_THAT(error_of([&] { folder.files().open("file"); }), HasSubstr("cannot open: No such file or directory"));
}

TEST(ModelFolder, RefusesWhatIsNoFolder) {
  const testing::TemporaryFolder root;
  write(root.path() / "file", "");
  EXPECT_THAT(error_of([&] { ModelFolder(root.path() / "file"); }), HasSubstr("file: cannot open: not a folder"));
  EXPECT_THAT(error_of([&] { ModelFolder(root.path() / "none"); }), HasSubstr("No such file or directory"));
}

}  // namespace
}  // namespace fbert::folder_files_test
