#include "metrics/special_functions.h"

#include "tests/metrics/golden_cases.h"

namespace fbert::special_functions_test {
namespace {

using testing::expect_golden;
using testing::golden_cases;

TEST(SpecialFunctions, EqualSciPy) {
  const auto check = [](const char* function, std::vector<const char*> names, auto call) {
    for (const auto& entry : golden_cases(function)) {
      std::vector<double> arguments;
      for (const char* name : names) arguments.push_back(entry["arguments"][name]);
      expect_golden(entry, {call(arguments)});
    }
  };
  using Arguments = std::vector<double>;
  check("normal_quantile", {"p"}, [](const Arguments& x) { return normal_quantile(x[0]); });
  check("normal_cdf", {"z"}, [](const Arguments& x) { return normal_cdf(x[0]); });
  check("student_t_quantile", {"p", "degrees"}, [](const Arguments& x) { return student_t_quantile(x[0], x[1]); });
  check("student_t_cdf", {"t", "degrees"}, [](const Arguments& x) { return student_t_cdf(x[0], x[1]); });
  check("incomplete_beta", {"a", "b", "x"}, [](const Arguments& x) { return incomplete_beta(x[0], x[1], x[2]); });
  check("chi_square_tail", {"x"}, [](const Arguments& x) { return chi_square_tail(x[0]); });
}

TEST(SpecialFunctions, QuantilesOfTheMiddleAreZero) {
  EXPECT_EQ(normal_quantile(0.5), 0);
  EXPECT_EQ(student_t_quantile(0.5, 3), 0);
}

TEST(SpecialFunctions, BinomialTailsAddUpToOne) {
  EXPECT_EQ(fair_binomial_cdf(5, 5), 1);
  EXPECT_NEAR(fair_binomial_cdf(0, 5), 1.0 / 32, 1e-15);
  EXPECT_NEAR(fair_binomial_cdf(2, 5), 0.5, 1e-15);
}

}  // namespace
}  // namespace fbert::special_functions_test
