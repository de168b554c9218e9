#include "engine/thread_team.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdlib>
#include <numeric>
#include <string>

#include "fbert/error.h"
#include "fbert/threads.h"
#include "tests/support/sanitizers.h"

namespace fbert::thread_team_test {
namespace {

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// Threads that were just started or woken, those of other tests and of libraries, spin for a while before they sleep.
void let_others_rest() {
  for (int i = 0; i < 40; ++i) {
    const double before = cpu_seconds();
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    if (cpu_seconds() - before < 0.002) return;
  }
}

TEST(Worker, SharesCoverAllItemsOnce) {
  for (const int count : {1, 2, 3, 7}) {
    for (const size_t items : std::initializer_list<size_t>{0, 1, 2, 12, 100}) {
      size_t next = 0;
      for (int id = 0; id < count; ++id) {
        const auto [first, last] = Worker{id, count, nullptr}.share(items);
        EXPECT_EQ(first, next);
        EXPECT_LE(last - first, items / static_cast<size_t>(count) + 1);
        next = last;
      }
      EXPECT_EQ(next, items);
    }
  }
}

TEST(Barrier, SpinsOnlyWhereEveryMemberHasAProcessor) {
  EXPECT_TRUE(Barrier(1).spins());
  EXPECT_TRUE(Barrier(allowed_processors()).spins());
  EXPECT_FALSE(Barrier(allowed_processors() + 1).spins());
}

TEST(ThreadTeam, EveryMemberRunsEveryTask) {
  for (const int members : {1, 2, 5}) {
    ThreadTeam team(members);
    std::vector<int> runs(static_cast<size_t>(members));
    for (int i = 0; i < 100; ++i) team.run([&](const Worker& worker) { ++runs[static_cast<size_t>(worker.id)]; });
    EXPECT_EQ(runs, std::vector<int>(static_cast<size_t>(members), 100));
  }
}

TEST(ThreadTeam, SyncSeparatesSteps) {
  constexpr int kMembers = 4;
  ThreadTeam team(kMembers);
  std::vector<int> values(kMembers, 0);
  std::vector<int> sums(kMembers, 0);
  for (int round = 1; round <= 200; ++round) {
    team.run([&](const Worker& worker) {
      for (int step = 1; step <= 5; ++step) {
        values[static_cast<size_t>(worker.id)] = round * step;
        worker.sync();
        sums[static_cast<size_t>(worker.id)] = std::accumulate(values.begin(), values.end(), 0);
        worker.sync();
        EXPECT_EQ(sums[static_cast<size_t>(worker.id)], kMembers * round * step);
      }
    });
  }
}

TEST(ThreadTeam, WakesUpAfterParking) {
  ThreadTeam team(3);
  for (int i = 0; i < 5; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    std::atomic<int> runs{0};
    team.run([&](const Worker&) { ++runs; });
    EXPECT_EQ(runs, 3);
  }
}

TEST(ThreadTeam, IdleMembersUseNoCpu) {
  ThreadTeam team(4);
  team.run([](const Worker&) {});
  let_others_rest();
  const double before = cpu_seconds();
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  EXPECT_LT(cpu_seconds() - before, 0.05);
}

TEST(ThreadTeam, MembersThatWaitForLongUseNoCpu) {
  ThreadTeam team(4);
  let_others_rest();
  const double before = cpu_seconds();
  for (int i = 0; i < 5; ++i) {
    team.run([](const Worker& worker) {
      if (worker.id == 2) std::this_thread::sleep_for(std::chrono::milliseconds(100));
      worker.sync();
    });
  }
  EXPECT_LT(cpu_seconds() - before, 0.05);
}

TEST(ThreadTeam, FailsCleanlyWhenThreadsCannotBeStarted) {
#if FBERT_UNDER_ASAN || FBERT_UNDER_TSAN
  GTEST_SKIP() << "sanitizers need the address space that this test takes away";
#endif
  // A child process, because the limit would stay with this one.
  const auto start_with_little_memory = [] {
    const rlimit limit{size_t{256} << 20, size_t{256} << 20};  // the stacks of 200 threads take more
    ::setrlimit(RLIMIT_AS, &limit);
    try {
      ThreadTeam team(200);
    } catch (const Error& error) {
      std::exit(std::string(error.what()).starts_with("cannot start 200 threads: ") ? 7 : 8);
    }
    std::exit(9);
  };
  ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(start_with_little_memory(), ::testing::ExitedWithCode(7), "");
}

TEST(ThreadTeam, OversubscriptionDoesNotCollapse) {
  // Many more members than cores: a barrier that only spun would take a time slice of the scheduler for each member.
  ThreadTeam team(16);
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 20; ++i) {
    team.run([](const Worker& worker) {
      for (int step = 0; step < 20; ++step) worker.sync();
    });
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
}

}  // namespace
}  // namespace fbert::thread_team_test
