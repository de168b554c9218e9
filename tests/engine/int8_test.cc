// The int8 variant: the same bits on every instruction set, in every batch, with every number of threads, and close to
// float32.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "fbert/model.h"
#include "fbert/quantize.h"
#include "kernels/kernels.h"
#include "tests/support/paths.h"
#include "tests/support/tiny_model.h"

namespace fbert::int8_test {
namespace {

using Ids = std::vector<int32_t>;

testing::TinyModel medium_model() {
  testing::TinyModel tiny;
  tiny.vocab_size = 500;
  tiny.hidden_size = 104;  // heads of 26: depths that are no multiple of 4 inside attention
  tiny.heads = 4;
  tiny.intermediate_size = 400;
  tiny.positions = 256;
  return tiny;
}

std::vector<Ids> random_texts() {
  std::mt19937 random(11);
  std::vector<Ids> texts;
  for (const size_t length : std::initializer_list<size_t>{1, 2, 3, 8, 9, 25, 64, 130, 256}) {
    Ids ids(length);
    for (int32_t& id : ids) id = static_cast<int32_t>(random() % 500);
    texts.push_back(ids);
  }
  return texts;
}

std::vector<float> logits(const Model& model, const std::vector<Ids>& texts, int threads) {
  PackedBatch batch(model.config());
  for (const Ids& ids : texts) batch.add(ids);
  Context context(model, threads);
  std::vector<float> values(texts.size() * 3);
  model.forward(batch, context, values);
  return values;
}

class Int8Test : public ::testing::Test {
 protected:
  void SetUp() override { medium_model().write(folder.path()); }
  Model load(Precision precision, const std::string& isa = "") const {
    return load_model(folder.path(), {.precision = precision, .isa = isa});
  }

  testing::TemporaryFolder folder;
};

TEST_F(Int8Test, EveryInstructionSetGivesTheSameBits) {
  const std::vector<Ids> texts = random_texts();
  const std::vector<float> expected = logits(load(Precision::kInt8, "ref"), texts, 1);
  int others = 0;
  for (size_t i = 0; i < kernels::all_tables().count; ++i) {
    const kernels::KernelTable& table = *kernels::all_tables().tables[i];
    if (!kernels::supported(table)) continue;
    EXPECT_EQ(logits(load(Precision::kInt8, table.name), texts, 2), expected) << table.name;
    ++others;
  }
  EXPECT_GE(others, 1);
}

TEST_F(Int8Test, BatchMatesAndThreadsDoNotMatter) {
  const Model model = load(Precision::kInt8);
  const std::vector<Ids> texts = random_texts();
  const std::vector<float> together = logits(model, texts, 1);
  for (const int threads : {2, 3, 7}) EXPECT_EQ(logits(model, texts, threads), together) << threads << " threads";
  for (size_t i = 0; i < texts.size(); ++i) {
    const std::vector<float> alone = logits(model, {texts[i]}, 1);
    EXPECT_TRUE(std::equal(alone.begin(), alone.end(), together.begin() + static_cast<std::ptrdiff_t>(i) * 3)) << i;
  }
}

TEST_F(Int8Test, StaysCloseToFloat) {
  const std::vector<Ids> texts = random_texts();
  const std::vector<float> exact = logits(load(Precision::kF32), texts, 1);
  const std::vector<float> quantized = logits(load(Precision::kInt8), texts, 1);
  double squares = 0;
  double differences = 0;
  for (size_t i = 0; i < exact.size(); ++i) {
    squares += double{exact[i]} * double{exact[i]};
    differences += std::pow(double{exact[i]} - double{quantized[i]}, 2);
  }
  // Eight bits carry a signal-to-noise ratio of about 40 dB through a layer; random weights lose some of it.
  EXPECT_LT(differences, squares * 1e-3);
  EXPECT_GT(differences, 0) << "the variant does not quantise";
}

TEST_F(Int8Test, TakesLessMemory) {
  EXPECT_LT(load(Precision::kInt8).weight_bytes(), load(Precision::kF32).weight_bytes() * 6 / 10);
}

}  // namespace
}  // namespace fbert::int8_test
