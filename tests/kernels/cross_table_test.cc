#include <xmmintrin.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "tests/kernels/kernel_test.h"

// Every table has the bits of the reference table, for every function, size, stride and alignment.
namespace fbert::kernels::cross_table_test {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kMax = std::numeric_limits<float>::max();

struct Shape {
  size_t rows, n, stride, offset;
};

std::vector<Shape> shapes() {
  std::vector<Shape> all;
  for (size_t n = 1; n <= 70; ++n) all.push_back({3, n, n, 0});
  for (const size_t n : Sizes{96, 127, 128, 129, 300, 312, 511, 512, 768, 1200, 1203, 3072}) {
    all.push_back({2, n, n, 0});
    all.push_back({5, n, n + 3, 1});
    all.push_back({1, n, n + 16, 7});
  }
  return all;
}

enum class Values { kNormal, kSmall, kWide, kEdges };

std::vector<float> random_values(size_t count, Values values, std::mt19937& random) {
  constexpr float kEdgeList[] = {
      0.0f,    -0.0f,   1.0f,      -1.0f,      1e-45f, -1e-45f, 1e-38f,
      -1e-38f, kMax,    -kMax,     1e30f,      -1e30f, 88.7f,   -88.7f,
      103.9f,  -103.9f, kInfinity, -kInfinity, -14.5f, 14.5f,   std::numeric_limits<float>::quiet_NaN()};
  std::normal_distribution<float> normal(0, 3);
  std::uniform_int_distribution<int> exponent(-140, 120);
  std::uniform_int_distribution<size_t> edge(0, std::size(kEdgeList) - 1);
  std::vector<float> x(count);
  for (float& v : x) {
    v = normal(random);
    if (values == Values::kSmall) v *= 1e-39f;
    if (values == Values::kWide) v = std::ldexp(v, exponent(random));
    if (values == Values::kEdges) v = kEdgeList[edge(random)];
  }
  return x;
}

// Bits, with one bit pattern for all NaN.
std::vector<uint32_t> bits(const std::vector<float>& x) {
  std::vector<uint32_t> all(x.size());
  std::transform(x.begin(), x.end(), all.begin(),
                 [](float v) { return std::isnan(v) ? 0x7fc00000u : std::bit_cast<uint32_t>(v); });
  return all;
}

// Computes y, in place where y already holds x; the buffers are longer than the shape needs.
using Compute =
    std::function<void(const KernelTable&, const Shape&, const float* a, const float* b, const float* c, float* y)>;

struct Function {
  std::string name;
  Compute compute;
};

std::vector<Function> functions() {
  std::vector<Function> all;
  using Activation = void (*KernelTable::*)(float*, size_t, const float*, size_t, size_t);
  const auto activation = [&](const char* name, Activation f) {
    all.push_back({name, [f](const KernelTable& t, const Shape& s, const float* a, const float*, const float*,
                             float* y) { (t.*f)(y, s.stride, a, s.rows, s.n); }});
  };
  activation("bias", &KernelTable::bias);
  activation("bias_gelu", &KernelTable::bias_gelu);
  activation("bias_gelu_tanh", &KernelTable::bias_gelu_tanh);
  activation("bias_relu", &KernelTable::bias_relu);
  activation("bias_tanh", &KernelTable::bias_tanh);

  using Elementwise = void (*KernelTable::*)(const float*, float*, size_t);
  const auto elementwise = [&](const char* name, Elementwise f) {
    all.push_back({name, [f](const KernelTable& t, const Shape& s, const float* a, const float*, const float*,
                             float* y) { (t.*f)(a, y, s.rows * s.n); }});
  };
  elementwise("exp", &KernelTable::exp);
  elementwise("erf", &KernelTable::erf);
  elementwise("tanh", &KernelTable::tanh);
  elementwise("sigmoid", &KernelTable::sigmoid);

  all.push_back({"softmax", [](const KernelTable& t, const Shape& s, const float*, const float*, const float*,
                               float* y) { t.softmax(y, s.stride, 0.125f, s.rows, s.n); }});
  all.push_back({"add", [](const KernelTable& t, const Shape& s, const float* a, const float* b, const float* c,
                           float* y) { t.add(a, b, s.rows % 2 == 0 ? nullptr : c, y, s.rows * s.n); }});
  all.push_back({"add_layer_norm",
                 [](const KernelTable& t, const Shape& s, const float* a, const float* b, const float* c, float* y) {
                   t.add_layer_norm(a, s.stride, s.rows == 2 ? nullptr : b, s.stride, b + 1, c, 1e-12f, y, s.stride,
                                    s.rows, s.n);
                 }});
  all.push_back({"add_layer_norm in place",
                 [](const KernelTable& t, const Shape& s, const float* a, const float* b, const float* c, float* y) {
                   t.add_layer_norm(y, s.stride, a, s.stride, b, c, 1e-5f, y, s.stride, s.rows, s.n);
                 }});
  all.push_back({"dot", [](const KernelTable& t, const Shape& s, const float* a, const float* b, const float*,
                           float* y) { y[0] = t.dot(a, b, s.n); }});
  return all;
}

class CrossTable : public KernelTest {};
FBERT_FOR_EVERY_TABLE(CrossTable);

// `mode` is added to the control bits of the floating point unit while the kernels run.
void expect_the_bits_of_the_reference(const KernelTable& table, unsigned mode) {
  std::mt19937 random(20240601);
  for (const Shape& shape : shapes()) {
    const size_t size = shape.offset + shape.rows * shape.stride + 32;
    for (const Values values : {Values::kNormal, Values::kSmall, Values::kWide, Values::kEdges}) {
      const std::vector<float> a = random_values(size, values, random), b = random_values(size, values, random);
      const std::vector<float> c = random_values(size, values, random), start = random_values(size, values, random);
      for (const Function& function : functions()) {
        std::vector<float> want = start, got = start;
        const auto run = [&](const KernelTable& t, std::vector<float>& y) {
          const size_t o = shape.offset;
          const unsigned saved = _mm_getcsr();
          _mm_setcsr(saved | mode);
          function.compute(t, shape, a.data() + o, b.data() + o, c.data() + o, y.data() + o);
          _mm_setcsr(saved);
        };
        run(*find("ref"), want);
        run(table, got);
        ASSERT_EQ(bits(got), bits(want)) << function.name << " of " << shape.rows << " x " << shape.n << ", stride "
                                         << shape.stride << ", values " << static_cast<int>(values);
      }
    }
  }
}

TEST_P(CrossTable, HasTheBitsOfTheReference) { expect_the_bits_of_the_reference(table(), 0); }

TEST_P(CrossTable, HasTheBitsOfTheReferenceWhereDenormalsAreFlushed) {
  constexpr unsigned kFlushToZero = 1u << 15, kDenormalsAreZero = 1u << 6;
  expect_the_bits_of_the_reference(table(), kFlushToZero | kDenormalsAreZero);
}

// A row alone, and the same row among others.
TEST_P(CrossTable, RowsDoNotDependOnTheirNeighbours) {
  std::mt19937 random(7);
  for (const size_t n : Sizes{1, 15, 16, 31, 64, 100, 312, 768}) {
    constexpr size_t kRows = 7;
    const std::vector<float> x = random_values(kRows * n, Values::kNormal, random);
    const std::vector<float> a = random_values(n, Values::kNormal, random),
                             b = random_values(n, Values::kNormal, random);
    const auto run = [&](float* y, size_t rows) {
      table().bias_gelu(y, n, a.data(), rows, n);
      table().add_layer_norm(y, n, nullptr, 0, a.data(), b.data(), 1e-12f, y, n, rows, n);
      table().softmax(y, n, 0.5f, rows, n);
    };
    std::vector<float> together = x, alone = x;
    run(together.data(), kRows);
    for (size_t r = 0; r < kRows; ++r) run(alone.data() + r * n, 1);
    EXPECT_EQ(bits(together), bits(alone)) << n;
  }
}

}  // namespace
}  // namespace fbert::kernels::cross_table_test
