// Rows of embedding tables: every 16-bit float and every 8-bit integer, on every table, to the bit.
#include <bit>
#include <cmath>
#include <numeric>

#include "loader/widen.h"
#include "tests/kernels/kernel_test.h"

namespace fbert::kernels::embedding_test {
namespace {

class Embedding : public KernelTest {};
FBERT_FOR_EVERY_TABLE(Embedding);

TEST_P(Embedding, WidensEvery16BitFloat) {
  std::vector<uint16_t> halves(65'536);
  std::iota(halves.begin(), halves.end(), uint16_t{0});
  std::vector<float> floats(halves.size());
  table().widen_f16(halves.data(), floats.data(), halves.size());
  for (size_t i = 0; i < halves.size(); ++i) {
    const float expected = f16_to_f32(halves[i]);
    if (std::isnan(expected)) {
      ASSERT_TRUE(std::isnan(floats[i])) << i;
    } else {
      ASSERT_EQ(std::bit_cast<uint32_t>(floats[i]), std::bit_cast<uint32_t>(expected)) << i;
    }
  }
}

TEST_P(Embedding, ScalesEvery8BitInteger) {
  std::vector<int8_t> bytes(256);
  std::iota(bytes.begin(), bytes.end(), static_cast<int8_t>(-128));
  for (const float scale : {1.0F, 0.1F, 3e-5F, 1.17549435e-38F, 1e30F}) {
    std::vector<float> floats(bytes.size());
    table().widen_int8(bytes.data(), scale, floats.data(), bytes.size());
    for (size_t i = 0; i < bytes.size(); ++i) {
      const float expected = static_cast<float>(bytes[i]) * scale;
      ASSERT_EQ(std::bit_cast<uint32_t>(floats[i]), std::bit_cast<uint32_t>(expected)) << i;
    }
  }
}

TEST_P(Embedding, WritesNothingBehindTheRow) {
  const std::vector<uint16_t> halves(100, 0x3C00);
  const std::vector<int8_t> bytes(100, 1);
  for (const size_t n : Sizes{1, 15, 16, 17, 26, 47, 64}) {
    std::vector<float> floats(100, 7.0F);
    table().widen_f16(halves.data(), floats.data(), n);
    EXPECT_EQ(floats[n - 1], 1.0F);
    EXPECT_EQ(floats[n], 7.0F);
    floats.assign(100, 7.0F);
    table().widen_int8(bytes.data(), 1.0F, floats.data(), n);
    EXPECT_EQ(floats[n - 1], 1.0F);
    EXPECT_EQ(floats[n], 7.0F);
  }
}

}  // namespace
}  // namespace fbert::kernels::embedding_test
