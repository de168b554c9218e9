// A loaded classifier that has nothing to do uses no CPU: its warm threads park.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdlib>
#include <thread>
#include <vector>

#include "fbert/classifier.h"
#include "tests/support/paths.h"
#include "tests/support/tiny_model.h"

namespace fbert::idle_test {
namespace {

// scripts/check_idle_cpu.sh asks for more.
int idle_seconds() {
  const char* seconds = std::getenv("FBERT_IDLE_SECONDS");
  return seconds == nullptr ? 2 : std::atoi(seconds);
}

double cpu_milliseconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto milliseconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3;
  };
  return milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime);
}

class Idle : public ::testing::TestWithParam<Precision> {};

TEST_P(Idle, ALoadedClassifierUsesNoCpu) {
  const testing::TemporaryFolder folder;
  testing::TinyModel().write(folder.path());
  ClassifierOptions options;
  options.precision = GetParam();
  options.threads = 2;
  const Classifier classifier = Classifier::load(folder.path(), options);
  for (int i = 0; i < 20; ++i) classifier.classify("a b c d e");                             // wakes the team
  classifier.classify_or_throw(std::vector<TextInput>(50, TextInput{.text = "a b c d e"}));  // and the streams
  std::this_thread::sleep_for(std::chrono::milliseconds(300));  // parks late on a busy machine

  const double before = cpu_milliseconds();
  std::this_thread::sleep_for(std::chrono::seconds(idle_seconds()));
  const double used = cpu_milliseconds() - before;
  RecordProperty("cpu_microseconds", static_cast<int>(used * 1e3));
  // What the two calls around it cost, and no more for 100 seconds than for one.
  EXPECT_LT(used, 5.0) << idle_seconds() << " idle seconds";
}

INSTANTIATE_TEST_SUITE_P(Precisions, Idle, ::testing::Values(Precision::kF32, Precision::kInt8),
                         [](const auto& parameter) { return to_string(parameter.param); });

}  // namespace
}  // namespace fbert::idle_test
