#include "cli/bench/server.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <span>
#include <thread>

#include "tests/support/arrays.h"

namespace fbert::bench_server_test {
namespace {

TEST(BenchServer, ArrivalsAreAPoissonProcess) {
  const auto arrivals = poisson_arrivals({.qps = 200, .seconds = 100});
  EXPECT_NEAR(static_cast<double>(arrivals.size()), 20000, 5 * std::sqrt(20000.0));
  double sum = 0, squares = 0, before = 0;
  for (const double time : arrivals) {
    const double gap = time - before;
    ASSERT_GE(gap, 0);
    sum += gap;
    squares += gap * gap;
    before = time;
  }
  const auto n = static_cast<double>(arrivals.size());
  const double mean = sum / n;
  EXPECT_NEAR(mean, 1.0 / 200, 0.02 / 200);
  EXPECT_NEAR((squares / n - mean * mean) / (mean * mean), 1, 0.1);  // exponential: the deviation equals the mean
  EXPECT_EQ(arrivals, poisson_arrivals({.qps = 200, .seconds = 100}));
  EXPECT_NE(arrivals, poisson_arrivals({.qps = 200, .seconds = 100, .seed = 21}));
}

// Five requests at once to one worker: each waits for those before it, and the waiting counts.
TEST(BenchServer, LatencyCountsFromTheArrival) {
  const std::vector<double> arrivals(5, 0.0);
  const auto latencies =
      serve_arrivals(arrivals, 1, [](int, size_t) { std::this_thread::sleep_for(std::chrono::milliseconds(10)); });
  ASSERT_EQ(latencies.size(), 5u);
  for (size_t i = 0; i < 5; ++i) EXPECT_GE(latencies[i], 10.0 * static_cast<double>(i + 1));
}

TEST(BenchServer, EveryRequestIsServedOnceByAWorker) {
  std::vector<std::atomic<int>> served(300);
  std::atomic<bool> known_worker{true};
  const auto arrivals = poisson_arrivals({.qps = 10000, .seconds = 0.02});
  ASSERT_LE(arrivals.size(), served.size());
  serve_arrivals(arrivals, 3, [&](int worker, size_t index) {
    ++served[index];
    if (worker < 0 || worker >= 3) known_worker = false;
  });
  EXPECT_TRUE(testing::arrays_equal(std::span(served).first(arrivals.size()), std::vector<int>(arrivals.size(), 1)));
  EXPECT_TRUE(known_worker);
}

TEST(BenchServer, AnObjectiveNeedsEnoughRequests) {
  const std::vector<double> few(500, 1.0), many(1000, 1.0);
  EXPECT_FALSE(summarize_server(few, {.qps = 100}, 50).meets_slo);
  EXPECT_TRUE(summarize_server(many, {.qps = 100}, 50).meets_slo);
  EXPECT_FALSE(summarize_server(many, {.qps = 100}, 0.5).meets_slo);
}

TEST(BenchServer, FindsTheGreatestRate) {
  for (const double limit : {3.0, 97.0, 1234.0}) {
    const auto rate = greatest_rate(100, [&](double qps) { return qps <= limit; });
    ASSERT_TRUE(rate.has_value());
    EXPECT_LE(*rate, limit);
    EXPECT_GE(*rate, limit / 1.06);
  }
  EXPECT_FALSE(greatest_rate(100, [](double) { return false; }).has_value());
  int asked = 0;
  const auto rate = greatest_rate(100, [&](double qps) { return qps <= 150 && ++asked % 2 == 0; });
  ASSERT_TRUE(rate.has_value());  // one bad run is no verdict
  EXPECT_GE(*rate, 140);
}

}  // namespace
}  // namespace fbert::bench_server_test
