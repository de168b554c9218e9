// The float product of every table, to the bit.
#include <cmath>
#include <cstring>
#include <random>
#include <vector>

#include "tests/kernels/kernel_test.h"

namespace fbert::kernels::matmul_test {
namespace {

TEST(Matmul, SumsInTheSameOrderInEveryTable) {
  std::mt19937 random(8);
  for (int i = 0; i < 200; ++i) {
    const size_t rows = 1 + random() % 20;
    const size_t columns = 1 + random() % 140;
    const size_t depth = 1 + random() % 100;
    std::vector<float> x(rows * depth), p(depth * columns);
    for (float& value : x) value = static_cast<float>(random() % 2001) / 1000.0F - 1.0F;
    for (float& value : p) value = static_cast<float>(random() % 2001) / 1000.0F - 1.0F;
    std::vector<float> expected(rows * columns);
    for (size_t r = 0; r < rows; ++r) {
      for (size_t j = 0; j < columns; ++j) {
        float sum = 0.0F;
        for (size_t k = 0; k < depth; ++k) sum = std::fma(x[r * depth + k], p[k * columns + j], sum);
        expected[r * columns + j] = sum;
      }
    }
    for_each_table([&](const KernelTable& table) {
      std::vector<float> c(rows * columns);
      table.matmul(x.data(), depth, p.data(), columns, c.data(), columns, rows, columns, depth);
      EXPECT_EQ(std::memcmp(c.data(), expected.data(), c.size() * sizeof(float)), 0)
          << rows << " x " << columns << " x " << depth;
    });
  }
}

}  // namespace
}  // namespace fbert::kernels::matmul_test
