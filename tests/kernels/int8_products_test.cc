#include "tests/kernels/int8_products.h"

#include <algorithm>
#include <vector>

#include "tests/kernels/kernel_test.h"

namespace fbert::kernels::int8_products_test {
namespace {

// scripts/check_int8_products.sh goes on to a million.
TEST(Int8Products, AreTheSameWordsInEveryTable) {
  const ProductCheck check = check_products(*find("ref"), runnable_tables(), 1, 0, 3000);
  EXPECT_EQ(check.problems, 3000U);
  EXPECT_GT(check.words, 1000U * 1000U);
  EXPECT_EQ(check.differing, 0U) << check.first;
}

TEST(Int8Products, OneWrongWordIsFound) {
  static KernelTable wrong = *find("ref");
  wrong.name = "wrong";
  wrong.multiply_int8 = [](const Int8Product& product) {
    find("ref")->multiply_int8(product);
    if (product.rows == 17) product.c[16 * product.c_stride + product.columns - 1] += 1.0F;
  };
  const KernelTable* tables[] = {&wrong};
  const ProductCheck check = check_products(*find("ref"), tables, 1, 0, 300);
  EXPECT_GT(check.differing, 0U);
  EXPECT_LT(check.differing, 100U);
  EXPECT_NE(check.first.find("wrong, problem "), std::string::npos) << check.first;
  EXPECT_NE(check.first.find("17 rows"), std::string::npos) << check.first;
}

// Those saturate where two products of bytes are added in 16 bits.
TEST(Int8Products, SaturatingSumsAreFound) {
  static KernelTable saturating = *find("ref");
  saturating.multiply_int8 = [](const Int8Product& product) {
    std::vector<int8_t> b(product.b, product.b + product.depth_groups * kDepthGroup * kPanelMultiple);
    for (size_t i = 0; i + 1 < b.size(); i += 2) {
      if (b[i] + b[i + 1] > 32767 / 255) b[i] = static_cast<int8_t>(32767 / 255 - b[i + 1]);
    }
    Int8Product part = product;
    if (product.columns <= kPanelMultiple) part.b = b.data();
    find("ref")->multiply_int8(part);
  };
  const KernelTable* tables[] = {&saturating};
  EXPECT_GT(check_products(*find("ref"), tables, 1, 0, 300).differing, 0U);
}

}  // namespace
}  // namespace fbert::kernels::int8_products_test
