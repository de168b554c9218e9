#include "cli/eval/report.h"

#include <gtest/gtest.h>

namespace fbert::eval_report_test {
namespace {

TEST(EvalReport, GivesSizeAndTimeOfTheFirstVariantOverThoseOfAnother) {
  EvalReport report;
  report.rows = 4;
  report.variants = {{.name = "fp32", .metrics = {}, .model_size = 400, .seconds = 8},
                     {.name = "int8", .metrics = {}, .model_size = 100, .seconds = 2}};
  EXPECT_EQ(report.compression_ratio(report.variants[1]), 4);
  EXPECT_EQ(report.speed_up(report.variants[1]), 4);
  EXPECT_EQ(report.compression_ratio(report.variants[0]), 1);
  EXPECT_EQ(report.speed_up(report.variants[0]), 1);
  EXPECT_EQ(report.mean_ms(report.variants[1]), 500);
  EXPECT_EQ(report.rows_per_second(report.variants[1]), 2);
}

}  // namespace
}  // namespace fbert::eval_report_test
