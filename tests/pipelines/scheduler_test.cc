#include "pipelines/scheduler.h"

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>

#include <gmock/gmock.h>

#include "fbert/error.h"
#include "fbert/quantize.h"
#include "tests/support/paths.h"
#include "tests/support/sanitizers.h"
#include "tests/support/tiny_model.h"

namespace fbert::testing::scheduler_test {
namespace {

using namespace std::chrono_literals;

CallOptions within(std::chrono::milliseconds time) { return {.deadline = std::chrono::steady_clock::now() + time}; }

ErrorCode code_of(const auto& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.code();
  }
  ADD_FAILURE() << "no error";
  return ErrorCode::kInternal;
}

// Occupies every stream of a scheduler until it is opened.
class Jam {
 public:
  Jam(Scheduler& scheduler, size_t streams)
      : thread_([&scheduler, streams, this] {
          scheduler.for_each(streams, [this](size_t) {
            ++inside_;
            inside_.notify_all();
            closed_.wait(true);
          });
        }) {
    for (size_t inside = 0; inside < streams; inside = inside_) inside_.wait(inside);
  }
  ~Jam() { open(); }

  void open() {
    closed_ = false;
    closed_.notify_all();
    if (thread_.joinable()) thread_.join();
  }

 private:
  std::atomic<size_t> inside_{0};
  std::atomic<bool> closed_{true};
  std::jthread thread_;
};

class SchedulerTest : public ::testing::Test {
 protected:
  SchedulerTest() : model_(load()), context_(model_, 1) {}

  PackedBatch batch(int32_t id = 60) const {
    PackedBatch packed(model_.config());
    packed.add(std::vector<int32_t>{2, id, 3});
    return packed;
  }

  Scheduler::Logits expected(int32_t id = 60) {
    Scheduler::Logits logits(static_cast<size_t>(model_.config().num_labels()));
    model_.forward(batch(id), context_, logits);
    return logits;
  }

  static Model load() {
    const TemporaryFolder folder;
    TinyModel{}.write(folder.path());
    return load_model(folder.path(), {.precision = Precision::kInt8});
  }

  Model model_;
  Context context_;
};

TEST_F(SchedulerTest, TeamAndStreamsGiveTheSameBits) {
  for (const int threads : {1, 2, 3}) {
    Scheduler scheduler(model_, threads);
    EXPECT_EQ(scheduler.run(batch()), expected());
    EXPECT_EQ(scheduler.submit(batch()).get(), expected());
    EXPECT_EQ(scheduler.run(batch()), expected());
  }
}

TEST_F(SchedulerTest, ManyBatchesEachGetTheirOwn) {
  Scheduler scheduler(model_, 3, 4);
  std::vector<std::future<Scheduler::Logits>> logits;
  for (int32_t id = 0; id < 64; ++id) logits.push_back(scheduler.submit(batch(id)));
  for (int32_t id = 0; id < 64; ++id) EXPECT_EQ(logits[static_cast<size_t>(id)].get(), expected(id)) << id;
}

TEST_F(SchedulerTest, ForEachCallsEachOnce) {
  for (const int threads : {1, 3}) {
    Scheduler scheduler(model_, threads);
    std::vector<std::atomic<int>> calls(100);
    scheduler.for_each(calls.size(), [&](size_t i) { ++calls[i]; });
    for (const auto& count : calls) EXPECT_EQ(count, 1);
  }
}

TEST_F(SchedulerTest, ForEachPassesOnWhatACallThrows) {
  Scheduler scheduler(model_, 2);
  const auto fail_at_7 = [](size_t i) {
    if (i == 7) throw Error(ErrorCode::kData, "seven");
  };
  EXPECT_EQ(code_of([&] { scheduler.for_each(100, fail_at_7); }), ErrorCode::kData);
  EXPECT_EQ(scheduler.run(batch()), expected());
}

TEST_F(SchedulerTest, ABatchThatFailsIsAnErrorOfItsOwn) {
  TinyModel larger;
  larger.vocab_size = 100;
  const TemporaryFolder folder;
  larger.write(folder.path());
  PackedBatch foreign(load_config(folder.path()));
  foreign.add(std::vector<int32_t>{99});
  Scheduler scheduler(model_, 2);
  auto bad = scheduler.submit(foreign);
  auto good = scheduler.submit(batch());
  EXPECT_EQ(code_of([&] { bad.get(); }), ErrorCode::kUsage);
  EXPECT_EQ(good.get(), expected());
  EXPECT_EQ(code_of([&] { scheduler.run(foreign); }), ErrorCode::kUsage);
  EXPECT_EQ(scheduler.run(batch()), expected());
}

TEST_F(SchedulerTest, AFullQueueMakesTheNextWait) {
  Scheduler scheduler(model_, 2, 3);
  Jam jam(scheduler, 2);
  std::vector<std::future<Scheduler::Logits>> queued;
  for (int i = 0; i < 3; ++i) queued.push_back(scheduler.submit(batch(), within(10s)));
  EXPECT_EQ(code_of([&] { scheduler.submit(batch(), within(20ms)); }), ErrorCode::kDeadline);

  std::atomic<bool> accepted = false;
  std::jthread waiting([&] {
    auto logits = scheduler.submit(batch());
    accepted = true;
    EXPECT_EQ(logits.get(), expected());
  });
  std::this_thread::sleep_for(20ms);
  EXPECT_FALSE(accepted);
  jam.open();
  for (auto& logits : queued) EXPECT_EQ(logits.get().size(), 3U);
  waiting.join();
  EXPECT_TRUE(accepted);
}

TEST_F(SchedulerTest, ADeadlineEndsTheWaitForAThread) {
  Scheduler scheduler(model_, 2);
  Jam jam(scheduler, 2);
  EXPECT_EQ(code_of([&] { scheduler.run(batch(), within(20ms)); }), ErrorCode::kDeadline);
  auto late = scheduler.submit(batch(), within(20ms));
  std::this_thread::sleep_for(30ms);
  jam.open();
  EXPECT_EQ(code_of([&] { late.get(); }), ErrorCode::kDeadline);
  EXPECT_EQ(code_of([&] { scheduler.run(batch(), within(-1ms)); }), ErrorCode::kDeadline);
  EXPECT_EQ(scheduler.run(batch(), within(10s)), expected());
}

TEST_F(SchedulerTest, CancellingEndsWhatIsQueued) {
  Scheduler scheduler(model_, 2, 2);
  Jam jam(scheduler, 2);
  std::stop_source source;
  auto cancelled = scheduler.submit(batch(), {.cancel = source.get_token()});
  auto other = scheduler.submit(batch());
  std::jthread at_the_door([&] {  // the queue is full
    EXPECT_EQ(code_of([&] { scheduler.submit(batch(), {.cancel = source.get_token()}); }), ErrorCode::kCancelled);
  });
  std::this_thread::sleep_for(10ms);
  source.request_stop();
  scheduler.drop_cancelled();
  EXPECT_EQ(code_of([&] { cancelled.get(); }), ErrorCode::kCancelled);
  at_the_door.join();
  jam.open();
  EXPECT_EQ(other.get(), expected());
}

TEST_F(SchedulerTest, WhatIsQueuedAtItsEndIsCancelled) {
  auto scheduler = std::make_unique<Scheduler>(model_, 2);
  Jam jam(*scheduler, 2);
  auto left = scheduler->submit(batch());
  const std::jthread opener([&] {
    std::this_thread::sleep_for(20ms);
    jam.open();
  });
  scheduler.reset();  // waits for the streams
  EXPECT_EQ(code_of([&] { left.get(); }), ErrorCode::kCancelled);
}

#if !FBERT_UNDER_TSAN  // which starts no threads in a child
TEST_F(SchedulerTest, AForkedChildStartsItsOwnThreads) {
  auto scheduler = std::make_unique<Scheduler>(model_, 3);
  const auto logits = expected();
  scheduler->run(batch());
  scheduler->submit(batch()).get();
  Jam jam(*scheduler, 3);  // the parent's streams are busy, and its queue holds something
  auto queued = scheduler->submit(batch());
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(30);
    const bool team = scheduler->run(batch()) == logits;
    const bool stream = scheduler->submit(batch()).get() == logits;
    scheduler.reset();
    ::_exit(team && stream ? 0 : 1);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  jam.open();
  EXPECT_EQ(queued.get(), logits);
}
#endif

}  // namespace
}  // namespace fbert::testing::scheduler_test
