#pragma once

#include <cmath>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/paths.h"

namespace fbert::testing {

// The cases of tests/golden/statistics.json for one function (scripts/make_statistics_golden.py); fails without any.
inline std::vector<nlohmann::json> golden_cases(const std::string& function) {
  const auto path = source_dir() / "tests/golden/statistics.json";
  std::ifstream file(path);
  EXPECT_TRUE(file) << path;
  std::vector<nlohmann::json> cases;
  for (auto& entry : nlohmann::json::parse(file)) {
    if (entry["function"] == function) cases.push_back(std::move(entry));
  }
  EXPECT_FALSE(cases.empty()) << function;
  return cases;
}

// To a relative 1e-9; to an absolute one where 0 is expected.
inline void expect_golden(const nlohmann::json& entry, const std::vector<double>& found) {
  const auto expected = entry["expected"].get<std::vector<double>>();
  ASSERT_EQ(found.size(), expected.size()) << entry["function"];
  for (size_t i = 0; i < found.size(); ++i) {
    const double size = expected[i] == 0 ? 1 : std::fabs(expected[i]);
    EXPECT_NEAR(found[i], expected[i], 1e-9 * size) << entry["function"] << "[" << i << "] of " << entry["arguments"];
  }
}

}  // namespace fbert::testing
