#include "tests/kernels/int8_products.h"

#include <algorithm>
#include <cstring>
#include <random>
#include <vector>

#include "kernels/kernels.h"

namespace fbert::kernels {
namespace {

struct Sizes {
  size_t rows, depth, columns;

  size_t groups() const { return round_up(depth, kDepthGroup) / kDepthGroup; }
  size_t padded_columns() const { return round_up(columns, kPanelMultiple); }
};

// One problem in a hundred is as large as those of the models; of the others every size below is as likely.
Sizes random_sizes(std::mt19937_64& random) {
  if (random() % 100 > 0) return {1 + random() % 17, 1 + random() % 130, 1 + random() % 100};
  constexpr size_t kDepths[] = {312, 384, 768, 1200, 1536, 3072};
  return {1 + random() % 40, kDepths[random() % 6], 1 + random() % 200};
}

enum class Values { kRandom, kZeros, kLargest, kSmallest, kAlternating, kCount };

// Operands in their packed forms. The padding holds values like the rest: whether it counts is the packer's business.
class Problem {
 public:
  void fill(const Sizes& sizes, Values values, std::mt19937_64& random) {
    sizes_ = sizes;
    const size_t groups = sizes.groups();
    a_.resize(round_up(sizes.rows, kRowBlock) * groups * kDepthGroup);
    b_.resize(sizes.padded_columns() * groups * kDepthGroup);
    for (size_t i = 0; i < a_.size(); i += sizeof(uint64_t)) {
      const uint64_t word = random();
      std::memcpy(a_.data() + i, &word, sizeof(word));  // 32 bytes a group: no rest
    }
    for (size_t i = 0; i < b_.size(); i += sizeof(uint64_t)) {
      const uint64_t word = random();
      std::memcpy(b_.data() + i, &word, sizeof(word));
    }
    if (values == Values::kZeros) std::fill(b_.begin(), b_.end(), int8_t{0});
    if (values >= Values::kLargest) std::fill(a_.begin(), a_.end(), uint8_t{255});
    if (values == Values::kLargest) std::fill(b_.begin(), b_.end(), int8_t{127});
    if (values == Values::kSmallest) std::fill(b_.begin(), b_.end(), random() % 2 == 0 ? int8_t{-127} : int8_t{-128});
    if (values == Values::kAlternating) {
      const size_t run = size_t{1} << random() % 4;
      for (size_t i = 0; i < b_.size(); ++i) b_[i] = i / run % 2 == 0 ? int8_t{127} : int8_t{-128};
    }
    scales_.assign(sizes.padded_columns(), 1.0F);
    bias_.assign(sizes.padded_columns(), 0.0F);
    rows_.assign(sizes.rows, {.scale = 1.0F, .middle = 0.0F});
    start_from_first_row();
    fetch_next_ = random() % 2 == 0;
    fetch_later_ = random() % 2 == 0;
  }

  const Sizes& sizes() const { return sizes_; }

  void multiply(const KernelTable& table, std::vector<float>& c) const {
    c.assign(sizes_.rows * sizes_.columns, -7.0F);
    table.multiply_int8({.a = a_.data(),
                         .a_rows = rows_.data(),
                         .rows = sizes_.rows,
                         .depth_groups = sizes_.groups(),
                         .b = b_.data(),
                         .b_scales = scales_.data(),
                         .b_start = start_.data(),
                         .bias = bias_.data(),
                         .columns = sizes_.columns,
                         .activation = Activation::kNone,
                         .c = c.data(),
                         .c_stride = sizes_.columns,
                         .next = fetch_next_ ? b_.data() : nullptr,
                         .later = fetch_later_ ? b_.data() : nullptr});
  }

 private:
  // Sums begin with the negative of the first row's, so that results stay below 2^24 and keep all their bits as floats.
  void start_from_first_row() {
    start_.resize(sizes_.padded_columns());
    const int8_t* panel = b_.data();
    for (size_t first = 0; first < start_.size(); first += kPanelColumns) {
      const size_t width = std::min(kPanelColumns, start_.size() - first);
      for (size_t j = 0; j < width; ++j) {
        int32_t sum = 0;
        for (size_t g = 0; g < sizes_.groups(); ++g) {
          for (size_t k = 0; k < kDepthGroup; ++k) {
            sum += a_[g * kRowBlock * kDepthGroup + k] * panel[(g * width + j) * kDepthGroup + k];
          }
        }
        start_[first + j] = static_cast<int32_t>(j) - sum;
      }
      panel += width * sizes_.groups() * kDepthGroup;
    }
  }

  Sizes sizes_{};
  std::vector<uint8_t> a_;
  std::vector<int8_t> b_;
  std::vector<float> scales_, bias_;
  std::vector<int32_t> start_;
  std::vector<QuantizedRow> rows_;
  bool fetch_next_ = false, fetch_later_ = false;
};

std::string describe(const KernelTable& table, uint64_t number, const Sizes& sizes, size_t word, float found,
                     float expected) {
  return std::string(table.name) + ", problem " + std::to_string(number) + ", " + std::to_string(sizes.rows) +
         " rows, depth " + std::to_string(sizes.depth) + ", " + std::to_string(sizes.columns) + " columns: row " +
         std::to_string(word / sizes.columns) + ", column " + std::to_string(word % sizes.columns) + " is " +
         std::to_string(found) + ", expected " + std::to_string(expected);
}

}  // namespace

ProductCheck check_products(const KernelTable& oracle, std::span<const KernelTable* const> tables, uint64_t seed,
                            uint64_t first, uint64_t count) {
  ProductCheck check;
  Problem problem;
  std::vector<float> expected, found;
  for (uint64_t number = first; number < first + count; ++number) {
    std::mt19937_64 random(seed * 0x9e3779b97f4a7c15U + number);
    const Sizes sizes = random_sizes(random);
    problem.fill(sizes, static_cast<Values>(random() % static_cast<uint64_t>(Values::kCount)), random);
    problem.multiply(oracle, expected);
    ++check.problems;
    check.words += expected.size();
    for (const KernelTable* table : tables) {
      problem.multiply(*table, found);
      if (std::memcmp(found.data(), expected.data(), found.size() * sizeof(float)) == 0) continue;
      for (size_t i = 0; i < found.size(); ++i) {
        if (std::memcmp(&found[i], &expected[i], sizeof(float)) == 0) continue;
        ++check.differing;
        if (check.first.empty()) check.first = describe(*table, number, sizes, i, found[i], expected[i]);
      }
    }
  }
  return check;
}

}  // namespace fbert::kernels
