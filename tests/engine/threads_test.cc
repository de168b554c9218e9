#include "fbert/threads.h"

#include <gmock/gmock.h>

#include <cstdlib>

#include "fbert/error.h"
#include "tests/support/paths.h"
#include "tests/support/tiny_model.h"

namespace fbert::threads_test {
namespace {

using ::testing::HasSubstr;
using ::testing::Optional;
using testing::TemporaryFolder;

class ThreadsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ::unsetenv("FBERT_NUM_THREADS");
    ::unsetenv("OMP_NUM_THREADS");
  }
  void TearDown() override { SetUp(); }

  void write(const std::filesystem::path& path, std::string_view text) const {
    std::filesystem::create_directories((root.path() / path).parent_path());
    testing::write_text(root.path() / path, text);
  }

  TemporaryFolder root;
};

TEST_F(ThreadsTest, TheOptionWinsOverTheEnvironment) {
  ::setenv("FBERT_NUM_THREADS", "3", 1);
  ::setenv("OMP_NUM_THREADS", "5", 1);
  EXPECT_EQ(decide_threads(2).threads, 2);
  EXPECT_EQ(decide_threads().threads, 3);
  EXPECT_EQ(decide_threads().reason, "FBERT_NUM_THREADS");
  ::unsetenv("FBERT_NUM_THREADS");
  EXPECT_EQ(decide_threads().threads, 5);
  ::setenv("OMP_NUM_THREADS", "4,2", 1);
  EXPECT_EQ(decide_threads().threads, 4);
}

TEST_F(ThreadsTest, RejectsVariablesThatAreNoCount) {
  for (const char* value : {"0", "-1", "two", "1e3", "99999", " 2", "2 "}) {
    ::setenv("FBERT_NUM_THREADS", value, 1);
    try {
      decide_threads();
      ADD_FAILURE() << value;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kUsage);
      EXPECT_THAT(error.what(), HasSubstr("FBERT_NUM_THREADS"));
    }
  }
}

TEST_F(ThreadsTest, DefaultsToWhatTheMachineAllows) {
  const ThreadDecision decision = decide_threads();
  EXPECT_GE(decision.threads, 1);
  EXPECT_LE(decision.threads, allowed_cores());
  EXPECT_FALSE(decision.reason.empty());
}

TEST_F(ThreadsTest, HyperThreadsOfOneCoreCountOnce) {
  for (int processor = 0; processor < 1024; ++processor) {
    const std::string folder = "sys/devices/system/cpu/cpu" + std::to_string(processor) + "/topology/";
    write(folder + "physical_package_id", "0\n");
    write(folder + "core_id", "0\n");
  }
  EXPECT_EQ(allowed_cores(root.path()), 1);
}

TEST_F(ThreadsTest, ReadsTheQuotaOfCgroupsV2AtEveryLevel) {
  write("proc/self/cgroup", "0::/pod/container\n");
  EXPECT_EQ(cgroup_cpu_quota(root.path()), std::nullopt);
  write("sys/fs/cgroup/pod/container/cpu.max", "max 100000\n");
  EXPECT_EQ(cgroup_cpu_quota(root.path()), std::nullopt);
  write("sys/fs/cgroup/pod/cpu.max", "150000 100000\n");
  EXPECT_THAT(cgroup_cpu_quota(root.path()), Optional(1.5));
  write("sys/fs/cgroup/cpu.max", "50000 100000\n");
  EXPECT_THAT(cgroup_cpu_quota(root.path()), Optional(0.5));
}

TEST_F(ThreadsTest, ReadsTheQuotaOfCgroupsV1) {
  write("proc/self/cgroup", "5:memory:/x\n4:cpu,cpuacct:/docker/abc\n");
  write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
  write("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(cgroup_cpu_quota(root.path()), std::nullopt);
  write("sys/fs/cgroup/cpu/docker/abc/cpu.cfs_quota_us", "250000\n");
  write("sys/fs/cgroup/cpu/docker/abc/cpu.cfs_period_us", "100000\n");
  EXPECT_THAT(cgroup_cpu_quota(root.path()), Optional(2.5));
}

}  // namespace
}  // namespace fbert::threads_test
