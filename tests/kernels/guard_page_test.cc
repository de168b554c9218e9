#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>
#include <vector>

#include "tests/kernels/kernel_test.h"

// Nothing outside the rows is touched: reads and writes beyond either end of a buffer meet an inaccessible page.
namespace fbert::kernels {
namespace {

// `count` floats that end, or begin, at an inaccessible page.
class GuardedFloats {
 public:
  GuardedFloats(size_t count, bool at_end) : page_(static_cast<size_t>(sysconf(_SC_PAGESIZE))) {
    const size_t bytes = count * sizeof(float);
    inner_ = (bytes + page_ - 1) / page_ * page_;
    void* memory = mmap(nullptr, inner_ + 2 * page_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::runtime_error("mmap failed");
    base_ = static_cast<char*>(memory);
    if (mprotect(base_ + page_, inner_, PROT_READ | PROT_WRITE) != 0) throw std::runtime_error("mprotect failed");
    data_ = reinterpret_cast<float*>(base_ + page_ + (at_end ? inner_ - bytes : 0));
    std::fill_n(data_, count, 0.5f);
  }
  ~GuardedFloats() { munmap(base_, inner_ + 2 * page_); }
  GuardedFloats(const GuardedFloats&) = delete;
  GuardedFloats& operator=(const GuardedFloats&) = delete;
  float* data() const { return data_; }

 private:
  size_t page_, inner_ = 0;
  char* base_ = nullptr;
  float* data_ = nullptr;
};

class GuardPages : public KernelTest {};
FBERT_FOR_EVERY_TABLE(GuardPages);

TEST_P(GuardPages, StayUntouchedAtEverySize) {
  const KernelTable& t = table();
  for (const bool at_end : {true, false}) {
    for (size_t n = 1; n <= 150; ++n) {
      constexpr size_t kRows = 3;
      const GuardedFloats x(kRows * n, at_end), y(kRows * n, at_end), a(n, at_end), b(n, at_end);
      t.add_layer_norm(x.data(), n, y.data(), n, a.data(), b.data(), 1e-12f, y.data(), n, kRows, n);
      t.add_layer_norm(x.data(), n, nullptr, 0, a.data(), b.data(), 1e-12f, x.data(), n, kRows, n);
      t.add(x.data(), y.data(), x.data(), y.data(), kRows * n);
      t.add(a.data(), b.data(), nullptr, a.data(), n);
      for (auto f : {t.bias, t.bias_gelu, t.bias_gelu_tanh, t.bias_relu, t.bias_tanh})
        f(x.data(), n, a.data(), kRows, n);
      for (auto f : {t.exp, t.erf, t.tanh, t.sigmoid}) f(a.data(), b.data(), n);
      t.softmax(x.data(), n, 0.125f, kRows, n);
      t.dot(a.data(), b.data(), n);
    }
  }
}

TEST_P(GuardPages, GapsBetweenRowsKeepTheirValues) {
  constexpr size_t kRows = 4;
  constexpr float kGap = 123.0f;
  for (size_t n = 1; n <= 40; ++n) {
    const size_t stride = n + 5;
    const std::vector<float> a(n, 0.25f);
    std::vector<float> x(kRows * stride, kGap);
    for (auto f : {table().bias, table().bias_gelu, table().bias_gelu_tanh, table().bias_relu, table().bias_tanh}) {
      f(x.data(), stride, a.data(), kRows, n);
    }
    table().softmax(x.data(), stride, 0.125f, kRows, n);
    table().add_layer_norm(x.data(), stride, x.data(), stride, a.data(), a.data(), 1e-12f, x.data(), stride, kRows, n);
    for (size_t r = 0; r < kRows; ++r) {
      for (size_t i = n; i < stride; ++i) ASSERT_EQ(x[r * stride + i], kGap) << "n " << n << ", at " << r << ", " << i;
    }
  }
}

}  // namespace
}  // namespace fbert::kernels
