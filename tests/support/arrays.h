#pragma once

#include <cmath>
#include <cstddef>
#include <iterator>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace fbert::testing {

// Whether two arrays of numbers are equal, or differ by at most `tolerance` anywhere. A failure is one line, however
// many differ: "3 of 768 differ by more than 0, most by 0.25 at 7; the first at 5: 1.5, expected 1.25". A NaN differs
// from everything.
template <typename Found, typename Expected>
::testing::AssertionResult arrays_equal(const Found& found, const Expected& expected, double tolerance = 0) {
  const size_t size = std::size(found);
  if (size != std::size(expected)) {
    return ::testing::AssertionFailure() << size << " values, expected " << std::size(expected);
  }
  size_t count = 0, first = 0, worst = 0;
  double most = 0;
  for (size_t i = 0; i < size; ++i) {
    const auto a = static_cast<double>(found[i]), b = static_cast<double>(expected[i]);
    const double difference = a == b ? 0 : std::abs(a - b);  // infinities, too
    if (difference <= tolerance) continue;
    if (count++ == 0) first = i;
    if (difference > most || (std::isnan(difference) && !std::isnan(most))) {
      most = difference;
      worst = i;
    }
  }
  if (count == 0) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << fmt::format(
             "{} of {} differ by more than {:g}, most by {:g} at {}; the first at {}: {:.9g}, expected {:.9g}", count,
             size, tolerance, most, worst, first, static_cast<double>(found[first]),
             static_cast<double>(expected[first]));
}

}  // namespace fbert::testing
