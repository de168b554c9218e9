// Every system call of a write fails once, in every way: the file is then the old one or the whole new one, and nothing
// else is left in the folder.
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <string>

#include <sys/file.h>
#include <unistd.h>

#include "loader/atomic_file.h"
#include "tests/loader/faults.h"
#include "tests/loader/safetensors_bytes.h"

using fbert::testing::fault;
using fbert::testing::real;
using fbert::testing::strikes;

// A write whose fault has the reason 0 takes one byte.
// These stand before the C library's for all code of this program.
extern "C" ssize_t write(int fd, const void* bytes, size_t size) {
  const auto call = real<ssize_t(int, const void*, size_t)>("write");
  if (!strikes()) return call(fd, bytes, std::min<size_t>(size, 1000));  // never all at once
  return fault.reason == 0 ? call(fd, bytes, 1) : -1;
}

extern "C" int fsync(int fd) {
  if (strikes() && fault.reason != 0) return -1;
  return real<int(int)>("fsync")(fd);
}

extern "C" int rename(const char* from, const char* to) noexcept {
  if (strikes() && fault.reason != 0 && fault.reason != EINTR) return -1;  // a rename is not interrupted
  return real<int(const char*, const char*)>("rename")(from, to);
}

extern "C" int flock(int fd, int operation) noexcept {
  if (strikes() && fault.reason != 0) return -1;
  return real<int(int, int)>("flock")(fd, operation);
}

namespace fbert::testing::atomic_file_fault_test {
namespace {

namespace fs = std::filesystem;

const std::string kOld = "the old content";
const std::string kNew(5'500, 'n');

// What the write throws, "" for success; the calls before the `step`th succeed.
std::string save_with_fault(const fs::path& path, int step, int reason) {
  fault = {true, step, reason};
  return error_of([&] {
    AtomicFile file(path);
    file.write(kNew);
    file.commit();
  });
}

class AtomicFileFault : public ::testing::TestWithParam<int> {};

TEST_P(AtomicFileFault, LeavesTheOldFileOrTheNewOne) {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "model.safetensors";
  int step = 0;
  for (bool reached = true; reached; ++step) {
    ASSERT_LT(step, 100);
    fault.armed = false;
    write_bytes(path, kOld);
    const std::string message = save_with_fault(path, step, GetParam());
    reached = !fault.armed;
    fault.armed = false;

    const std::string content = read_file(path, 100'000);
    EXPECT_TRUE(content == kNew || (content == kOld && !message.empty())) << step << ": " << content.size() << " bytes";
    if (GetParam() == 0 || GetParam() == EINTR) {
      EXPECT_TRUE(content == kNew) << step << ": " << message;
    }
    if (!message.empty()) {
      EXPECT_THAT(message, ::testing::StartsWith(path.string() + ": cannot ")) << step;
    }
    EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()), 1) << step;
  }
  EXPECT_GE(step, 9);  // lock, six writes, two flushes, rename
}

INSTANTIATE_TEST_SUITE_P(Reasons, AtomicFileFault, ::testing::Values(0, EINTR, ENOSPC, EIO, EDQUOT, EACCES));

}  // namespace
}  // namespace fbert::testing::atomic_file_fault_test
