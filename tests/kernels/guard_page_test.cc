#include <sys/mman.h>
#include <unistd.h>

#include <stdexcept>
#include <vector>

#include "tests/kernels/kernel_test.h"

// Nothing outside the rows is touched: reads and writes beyond either end of a buffer meet an inaccessible page.
namespace fbert::kernels::guard_page_test {
namespace {

// `count` zeros that end, or begin, at an inaccessible page.
template <typename T>
class Guarded {
 public:
  Guarded(size_t count, bool at_end) : page_(static_cast<size_t>(sysconf(_SC_PAGESIZE))) {
    const size_t bytes = count * sizeof(T);
    inner_ = (bytes + page_ - 1) / page_ * page_;
    void* memory = mmap(nullptr, inner_ + 2 * page_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::runtime_error("mmap failed");
    base_ = static_cast<char*>(memory);
    if (mprotect(base_ + page_, inner_, PROT_READ | PROT_WRITE) != 0) throw std::runtime_error("mprotect failed");
    data_ = reinterpret_cast<T*>(base_ + page_ + (at_end ? inner_ - bytes : 0));
  }
  ~Guarded() { munmap(base_, inner_ + 2 * page_); }
  Guarded(const Guarded&) = delete;
  Guarded& operator=(const Guarded&) = delete;
  T* data() const { return data_; }

 private:
  size_t page_, inner_ = 0;
  char* base_ = nullptr;
  T* data_ = nullptr;
};

using GuardedFloats = Guarded<float>;

class GuardPages : public KernelTest {};
INSTANTIATE_TEST_SUITE_P(Tables, GuardPages, ::testing::ValuesIn(runnable_tables()), table_name);

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

TEST_P(GuardPages, StayUntouchedByRowsOfEmbeddings) {
  for (const bool at_end : {true, false}) {
    for (size_t n = 1; n <= 70; ++n) {
      const Guarded<uint16_t> halves(n, at_end);
      const Guarded<int8_t> bytes(n, at_end);
      const GuardedFloats y(n, at_end);
      table().widen_f16(halves.data(), y.data(), n);
      table().widen_int8(bytes.data(), 0.5f, y.data(), n);
    }
  }
}

TEST_P(GuardPages, StayUntouchedByProductsOfFloats) {
  for (const bool at_end : {true, false}) {
    for (const size_t rows : Sizes{1, 4, 7, 13}) {
      for (size_t columns = 1; columns <= 70; ++columns) {
        constexpr size_t kDepth = 5;
        const GuardedFloats x(rows * kDepth, at_end), p(kDepth * columns, at_end), c(rows * columns, at_end);
        table().matmul(x.data(), kDepth, p.data(), columns, c.data(), columns, rows, columns, kDepth);
      }
    }
  }
}

TEST_P(GuardPages, StayUntouchedByProductsWithPackedFloats) {
  for (const bool at_end : {true, false}) {
    for (size_t rows = 1; rows <= 9; ++rows) {
      for (const size_t columns : Sizes{1, 15, 16, 17, 31, 33, 47, 48, 49, 79, 96, 113}) {
        for (const size_t depth : Sizes{1, 3, 65, 769}) {
          const GuardedFloats x(rows * depth, at_end), panels(depth * round_up(columns, kPanelMultiple), at_end);
          const GuardedFloats bias(columns, at_end), y(rows * columns, at_end);
          table().multiply_f32({.x = x.data(),
                                .x_stride = depth,
                                .rows = rows,
                                .depth = depth,
                                .panels = panels.data(),
                                .bias = bias.data(),
                                .columns = columns,
                                .activation = Activation::kGelu,
                                .y = y.data(),
                                .y_stride = columns,
                                .next = reinterpret_cast<const int8_t*>(panels.data())});
        }
      }
    }
  }
}

TEST_P(GuardPages, StayUntouchedByQuantising) {
  for (const bool at_end : {true, false}) {
    for (const size_t rows : Sizes{1, 7, 8, 11}) {
      for (size_t n = 1; n <= 70; ++n) {
        const GuardedFloats x(rows * n, at_end);
        const GuardedFloats centre(n, at_end);
        const Guarded<uint8_t> packed(round_up(rows, kRowBlock) * round_up(n, kDepthGroup), at_end);
        const Guarded<QuantizedRow> quantized(rows, at_end);
        table().quantize_rows(x.data(), n, rows, n, centre.data(), packed.data(), quantized.data());
      }
    }
  }
}

TEST_P(GuardPages, StayUntouchedByProductsInInt8) {
  for (const bool at_end : {true, false}) {
    for (size_t rows = 1; rows <= 9; ++rows) {
      for (const size_t columns : Sizes{1, 15, 16, 17, 31, 33, 47, 48, 49, 79, 96, 113}) {
        for (const size_t groups : Sizes{1, 3, 65}) {
          const size_t padded = round_up(columns, kPanelMultiple);
          const Guarded<uint8_t> a(round_up(rows, kRowBlock) * groups * kDepthGroup, at_end);
          const Guarded<QuantizedRow> a_rows(rows, at_end);
          const Guarded<int8_t> b(padded * groups * kDepthGroup, at_end);
          const Guarded<int32_t> b_start(padded, at_end);
          const GuardedFloats b_scales(columns, at_end), bias(columns, at_end), c(rows * columns, at_end);
          table().multiply_int8({.a = a.data(),
                                 .a_rows = a_rows.data(),
                                 .rows = rows,
                                 .depth_groups = groups,
                                 .b = b.data(),
                                 .b_scales = b_scales.data(),
                                 .b_start = b_start.data(),
                                 .bias = bias.data(),
                                 .columns = columns,
                                 .activation = Activation::kGelu,
                                 .c = c.data(),
                                 .c_stride = columns,
                                 .next = b.data(),
                                 .later = b.data()});
        }
      }
    }
  }
}

TEST_P(GuardPages, StayUntouchedByAttentionInInt8) {
  for (const bool at_end : {true, false}) {
    for (const size_t length : Sizes{1, 3, 15, 16, 17, 47, 49, 101}) {
      for (const size_t head_size : Sizes{1, 6, 15, 26, 33, 50, 64}) {
        const size_t queries = length % 10 + 1;
        const GuardedFloats q(queries * head_size, at_end), k(length * head_size, at_end),
            v(length * head_size, at_end);
        const GuardedFloats context(queries * head_size, at_end);
        const Guarded<unsigned char> scratch(int8_attention_scratch(length, head_size), at_end);
        table().attend_int8({.queries = q.data(),
                             .query_stride = head_size,
                             .query_count = queries,
                             .keys = k.data(),
                             .values = v.data(),
                             .kv_stride = head_size,
                             .length = length,
                             .head_size = head_size,
                             .scale = 0.125f,
                             .context = context.data(),
                             .context_stride = head_size,
                             .scratch = scratch.data()});
      }
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
}  // namespace fbert::kernels::guard_page_test
