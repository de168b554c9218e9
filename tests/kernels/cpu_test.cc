#include "kernels/cpu.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>

namespace fbert::kernels::cpu_test {
namespace {

bool has(CpuFeature feature) { return (cpu_features() & feature) != 0; }

TEST(Cpu, AgreesWithTheCompilersDetection) {
  EXPECT_EQ(has(kAvx2), __builtin_cpu_supports("avx2") != 0);
  EXPECT_EQ(has(kFma), __builtin_cpu_supports("fma") != 0);
  EXPECT_EQ(has(kAvx512), __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                              __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"));
  EXPECT_EQ(has(kAvx512Vnni), has(kAvx512) && __builtin_cpu_supports("avx512vnni"));
}

TEST(Cpu, NamesEveryFeatureItReports) {
  for (int i = 0; i < 32; ++i) {
    const uint32_t feature = cpu_features() & 1u << i;
    if (feature == 0) continue;
    EXPECT_NE(feature_name(static_cast<CpuFeature>(feature)), nullptr) << "bit " << i;
  }
  EXPECT_STREQ(feature_name(kAvx512Vnni), "avx512_vnni");
  EXPECT_EQ(feature_name(static_cast<CpuFeature>(1u << 31)), nullptr);
}

TEST(Cpu, BrandIsPrintableWithoutSpacesAroundIt) {
  const std::string brand = cpu_brand();
  ASSERT_FALSE(brand.empty());
  EXPECT_NE(brand.front(), ' ');
  EXPECT_NE(brand.back(), ' ');
  for (const char c : brand) EXPECT_TRUE(c >= ' ' && c <= '~') << static_cast<int>(c);
}

}  // namespace
}  // namespace fbert::kernels::cpu_test
