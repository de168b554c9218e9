// Every system call of a commit fails once: the folder is then the old one or the whole new one, and nothing else is
// left beside it.
#include "loader/output_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <cstdio>
#include <set>
#include <string>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fbert/error.h"
#include "loader/atomic_file.h"
#include "tests/loader/faults.h"
#include "tests/support/paths.h"

using fbert::testing::fault;
using fbert::testing::real;
using fbert::testing::strikes;

namespace {

bool no_exchange = false;  // as on file systems that lack renameat2

}  // namespace

// These stand before the C library's for all code of this program.
extern "C" ssize_t write(int fd, const void* bytes, size_t size) {
  return strikes() ? -1 : real<ssize_t(int, const void*, size_t)>("write")(fd, bytes, size);
}
extern "C" int fsync(int fd) { return strikes() ? -1 : real<int(int)>("fsync")(fd); }
extern "C" int mkdir(const char* path, mode_t mode) noexcept {
  return strikes() ? -1 : real<int(const char*, mode_t)>("mkdir")(path, mode);
}
extern "C" int rename(const char* from, const char* to) noexcept {
  return strikes() ? -1 : real<int(const char*, const char*)>("rename")(from, to);
}
extern "C" int renameat2(int from_folder, const char* from, int to_folder, const char* to, unsigned flags) noexcept {
  if (no_exchange) {
    errno = EINVAL;
    return -1;
  }
  return strikes() ? -1
                   : real<int(int, const char*, int, const char*, unsigned)>("renameat2")(from_folder, from, to_folder,
                                                                                          to, flags);
}

namespace fbert::testing::output_folder_test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

std::set<std::string> names_in(const fs::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.insert(entry.path().filename().string());
  return names;
}

void save(const fs::path& file, const std::string& text) {
  AtomicFile out(file);
  out.write(text);
  out.commit();
}

void write_folder(const fs::path& path, bool replace, const std::string& text) {
  OutputFolder folder(path, replace);
  save(folder.temporary() / "a", text);
  save(folder.temporary() / "b", text);
  folder.commit();
}

// "" unless both files are there and hold the same text.
std::string content_of(const fs::path& path) {
  if (!fs::exists(path)) return "";
  if (names_in(path) != std::set<std::string>{"a", "b"}) return "torn";
  const std::string a = read_file(path / "a", 100);
  return a == read_file(path / "b", 100) ? a : "torn";
}

std::string error_of(const std::function<void()>& action, ErrorCode* code = nullptr) {
  try {
    action();
  } catch (const Error& error) {
    if (code != nullptr) *code = error.code();
    return error.what();
  }
  return "";
}

class OutputFolderTest : public ::testing::Test {
 protected:
  ~OutputFolderTest() override {
    fault = {};
    no_exchange = false;
  }
  TemporaryFolder root;
  fs::path path = root.path() / "model";
};

TEST_F(OutputFolderTest, AppearsWhole) {
  write_folder(path, false, "new");
  EXPECT_EQ(content_of(path), "new");
  EXPECT_EQ(names_in(root.path()), std::set<std::string>{"model"});
}

TEST_F(OutputFolderTest, ReplacesOnlyWhenAsked) {
  write_folder(path, false, "old");
  ErrorCode code = ErrorCode::kInternal;
  EXPECT_THAT(error_of([&] { write_folder(path, false, "new"); }, &code), HasSubstr("exists already"));
  EXPECT_EQ(code, ErrorCode::kUsage);
  EXPECT_EQ(content_of(path), "old");
  write_folder(path / "", true, "new");  // with a slash at the end
  EXPECT_EQ(content_of(path), "new");
  EXPECT_EQ(names_in(root.path()), std::set<std::string>{"model"});
}

TEST_F(OutputFolderTest, ReplacesNothingButFolders) {
  save(path, "a file");
  EXPECT_THAT(error_of([&] { write_folder(path, true, "new"); }), HasSubstr("not a folder"));
  fs::create_directory_symlink(root.path(), root.path() / "link");
  EXPECT_THAT(error_of([&] { write_folder(root.path() / "link", true, "new"); }), HasSubstr("not a folder"));
}

TEST_F(OutputFolderTest, ReplacesWhereNamesCannotBeExchanged) {
  no_exchange = true;
  write_folder(path, false, "old");
  write_folder(path, true, "new");
  EXPECT_EQ(content_of(path), "new");
  EXPECT_EQ(names_in(root.path()), std::set<std::string>{"model"});
}

TEST_F(OutputFolderTest, WithoutCommitNothingIsLeft) {
  {
    OutputFolder folder(path, false);
    save(folder.temporary() / "a", "text");
  }
  EXPECT_TRUE(names_in(root.path()).empty());
}

TEST_F(OutputFolderTest, RemovesWhatAKilledWriterLeft) {
  fs::create_directory(root.path() / ".model.99999-0.tmp");
  save(root.path() / ".model.99999-0.tmp" / "a", "text");
  fs::create_directory(root.path() / ".model.other.tmp");  // not such a name
  write_folder(path, false, "new");
  EXPECT_EQ(names_in(root.path()), (std::set<std::string>{"model", ".model.other.tmp"}));
}

TEST_F(OutputFolderTest, FaultsLeaveTheOldFolderOrTheNewOne) {
  for (const bool replace : {false, true}) {
    for (const bool without_exchange : {false, true}) {
      no_exchange = without_exchange;
      int step = 0;
      for (bool reached = true; reached; ++step) {
        ASSERT_LT(step, 100);
        fault.armed = false;
        fs::remove_all(path);
        if (replace) write_folder(path, false, "old");
        fault = {true, step, ENOSPC};
        const std::string message = error_of([&] { write_folder(path, replace, "new"); });
        reached = !fault.armed;
        fault.armed = false;
        const std::string content = content_of(path);
        EXPECT_TRUE(content == "new" || (content == (replace ? "old" : "") && !message.empty())) << step << content;
        if (!message.empty()) {
          EXPECT_THAT(message, HasSubstr("No space left on device")) << step;
        }
        const std::set<std::string> left = names_in(root.path());
        if (!without_exchange) {
          EXPECT_EQ(left.size(), fs::exists(path) ? 1U : 0U) << step;
        }
      }
      EXPECT_GT(step, 8);
    }
  }
}

}  // namespace
}  // namespace fbert::testing::output_folder_test
