#include "loader/atomic_file.h"

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/loader/safetensors_bytes.h"

namespace fbert::testing::atomic_file_test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class AtomicFileTest : public ::testing::Test {
 protected:
  static void save(const fs::path& path, std::string_view text) {
    AtomicFile file(path);
    file.write(text);
    file.commit();
  }
  static std::string save_error(const fs::path& path, std::string_view text = "new") {
    return error_of([&] { save(path, text); });
  }
  size_t files() const { return static_cast<size_t>(std::distance(fs::directory_iterator(folder_.path()), {})); }

  TemporaryFolder folder_;
  const fs::path path_ = folder_.path() / "model.safetensors";
};

TEST_F(AtomicFileTest, CreatesAndReplaces) {
  save(path_, "one");
  EXPECT_EQ(read_file(path_, 100), "one");
  save(path_, "three");
  EXPECT_EQ(read_file(path_, 100), "three");
  save(path_, "");
  EXPECT_EQ(read_file(path_, 100), "");
  EXPECT_EQ(files(), 1u);
}

TEST_F(AtomicFileTest, KeepsTheOldFileUntilTheCommit) {
  save(path_, "old");
  {
    AtomicFile file(path_);
    file.write("new content");
    EXPECT_EQ(read_file(path_, 100), "old");
    EXPECT_EQ(files(), 2u);
  }
  EXPECT_EQ(read_file(path_, 100), "old");
  EXPECT_EQ(files(), 1u);
}

TEST_F(AtomicFileTest, WritesIntoTheCurrentFolder) {
  const fs::path before = fs::current_path();
  fs::current_path(folder_.path());
  save("plain", "here");
  fs::current_path(before);
  EXPECT_EQ(read_file(folder_.path() / "plain", 100), "here");
}

TEST_F(AtomicFileTest, KeepsPermissionsOfTheReplacedFile) {
  save(path_, "secret");
  ASSERT_EQ(::chmod(path_.c_str(), 0600), 0);
  save(path_, "secret again");
  struct stat status = {};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(AtomicFileTest, GivesNewFilesTheUsersPermissions) {
  const mode_t before = ::umask(027);
  save(path_, "new");
  ::umask(before);
  struct stat status = {};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0640u);
}

TEST_F(AtomicFileTest, ReplacesLinksAndLeavesWhatTheyPointTo) {
  save(folder_.path() / "blob", "shared");
  fs::create_symlink("blob", path_);
  save(path_, "own");
  EXPECT_FALSE(fs::is_symlink(path_));
  EXPECT_EQ(read_file(path_, 100), "own");
  EXPECT_EQ(read_file(folder_.path() / "blob", 100), "shared");
}

TEST_F(AtomicFileTest, RefusesWhatIsNoFile) {
  fs::create_directory(path_);
  EXPECT_THAT(save_error(path_), HasSubstr("it is a directory"));
  EXPECT_THAT(save_error("/dev/null"), HasSubstr("/dev/null: cannot write: it is a device"));
  EXPECT_THAT(save_error("/dev/full"), HasSubstr("it is a device"));
  EXPECT_TRUE(fs::is_character_file("/dev/full"));
  ASSERT_EQ(::mkfifo((folder_.path() / "fifo").c_str(), 0600), 0);
  EXPECT_THAT(save_error(folder_.path() / "fifo"), HasSubstr("pipe"));
  EXPECT_THAT(save_error(folder_.path() / ""), HasSubstr("not the name of a file"));
  EXPECT_THAT(save_error(folder_.path() / std::string("a\0b", 3)), HasSubstr("NUL"));
  EXPECT_EQ(files(), 2u);
}

TEST_F(AtomicFileTest, NamesPathAndReason) {
  const fs::path missing = folder_.path() / "none" / "file";
  EXPECT_EQ(save_error(missing),
            missing.string() + ": cannot create a temporary file beside it: No such file or directory");
  EXPECT_THAT(save_error("/proc/fbert"), HasSubstr("/proc/fbert: "));
  EXPECT_THAT(save_error(folder_.path() / std::string(300, 'n')), HasSubstr("File name too long"));
  EXPECT_EQ(files(), 0u);
}

TEST_F(AtomicFileTest, AcceptsTheLongestNames) {
  const fs::path path = folder_.path() / std::string(255, 'n');
  save(path, "long");
  EXPECT_EQ(read_file(path, 100), "long");
}

TEST_F(AtomicFileTest, RefusesWritingAfterTheEnd) {
  AtomicFile file(path_);
  file.commit();
  EXPECT_NE(error_of([&] { file.write("more"); }, ErrorCode::kInternal), "");
  EXPECT_NE(error_of([&] { file.commit(); }, ErrorCode::kInternal), "");
}

// A full disk in small: the system refuses to let the file grow.
TEST_F(AtomicFileTest, LeavesNothingWhenTheFileCannotGrow) {
  save(path_, "old");
  const auto old_action = std::signal(SIGXFSZ, SIG_IGN);
  struct rlimit before = {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const struct rlimit small = {1000, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const std::string message = save_error(path_, std::string(5000, 'x'));
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, old_action);
  EXPECT_EQ(message, path_.string() + ": cannot write: File too large");
  EXPECT_EQ(read_file(path_, 100), "old");
  EXPECT_EQ(files(), 1u);
}

TEST_F(AtomicFileTest, RemovesWhatAKilledWriterLeft) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    AtomicFile file(path_);
    file.write("half");
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(files(), 1u);  // the temporary file
  save(path_, "whole");
  EXPECT_EQ(files(), 1u);
  EXPECT_EQ(read_file(path_, 100), "whole");
}

TEST_F(AtomicFileTest, LeavesFilesOfOthersAlone) {
  for (const char* name : {".model.safetensors.tmp", ".model.safetensors.12x-3.tmp", ".model.safetensors.1-1.tmp.bak",
                           ".other.1-1.tmp", "model.safetensors.1-1.tmp"}) {
    save(folder_.path() / name, name);
  }
  save(path_, "new");
  EXPECT_EQ(files(), 6u);
}

TEST_F(AtomicFileTest, LetsTheLastOfTwoWritersWin) {
  AtomicFile first(path_);
  AtomicFile second(path_);
  first.write("first");
  second.write("second");
  second.commit();
  first.commit();
  EXPECT_EQ(read_file(path_, 100), "first");
  EXPECT_EQ(files(), 1u);
}

// Writers are killed at random moments; the file is one of the whole contents throughout. FBERT_TEST_KILLS asks for
// more rounds than a test run has time for.
TEST_F(AtomicFileTest, SurvivesKillsAtAnyMoment) {
  const std::string contents[] = {std::string(300'000, 'a'), std::string(500'000, 'b')};
  save(path_, contents[0]);
  const char* wanted = std::getenv("FBERT_TEST_KILLS");
  const int rounds = wanted != nullptr ? std::atoi(wanted) : 30;
  for (int round = 0; round < rounds; ++round) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      for (size_t i = 0;; ++i) save(path_, contents[i % 2]);
    }
    ::usleep(static_cast<useconds_t>(200 + 331 * (round % 100)));
    ::kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    const std::string found = read_file(path_, 1'000'000);
    EXPECT_TRUE(found == contents[0] || found == contents[1]) << "torn: " << found.size() << " bytes";
  }
  save(path_, contents[0]);
  EXPECT_EQ(files(), 1u);
}

}  // namespace
}  // namespace fbert::testing::atomic_file_test
