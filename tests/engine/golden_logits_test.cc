// Logits of every model of the shared data against those computed with PyTorch in fp32.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "fbert/quantize.h"
#include "tests/support/golden_rows.h"
#include "tests/support/paths.h"

namespace fbert::golden_logits_test {
namespace {

struct Agreement {
  double largest_difference = 0;
  size_t same_predictions = 0;
  size_t correct = 0;
  size_t same_tokens = 0;
};

Agreement compare(const testing::GoldenFile& file) {
  const Model model = load_model(file.model);
  Context context(model, 1);
  const std::vector<float> logits = testing::logits_of(model, context, file.rows, 32);
  const auto labels = static_cast<std::ptrdiff_t>(model.config().num_labels());
  Agreement agreement;
  auto found = logits.begin();
  for (const testing::GoldenRow& row : file.rows) {
    EXPECT_EQ(row.logits.size(), static_cast<size_t>(labels));
    for (size_t l = 0; l < row.logits.size(); ++l) {
      const double difference = std::abs(double{found[static_cast<std::ptrdiff_t>(l)]} - row.logits[l]);
      agreement.largest_difference = std::max(agreement.largest_difference, difference);
    }
    const std::string prediction = std::to_string(std::max_element(found, found + labels) - found);
    agreement.same_tokens += row.encoding.ids.size() == row.tokens ? 1U : 0U;
    agreement.same_predictions += labels == 1 || prediction == row.prediction ? 1U : 0U;
    agreement.correct += prediction == row.label ? 1U : 0U;
    found += labels;
  }
  return agreement;
}

TEST(GoldenLogits, EveryModelAndRowAgrees) {
  FBERT_REQUIRE_SHARED_DATA(data);
  const std::vector<std::string> names = testing::golden_files(data);
  EXPECT_GE(names.size(), 16U);
  for (const std::string& name : names) {
    SCOPED_TRACE(name);
    const testing::GoldenFile file = testing::read_golden_file(data, name);
    const Agreement agreement = compare(file);
    std::printf("%-50s %5zu rows, largest difference %.2e, %zu predictions differ\n", name.c_str(), file.rows.size(),
                agreement.largest_difference, file.rows.size() - agreement.same_predictions);
    EXPECT_GT(file.rows.size(), 0U);
    EXPECT_EQ(agreement.same_tokens, file.rows.size());
    EXPECT_LE(agreement.largest_difference, 1e-4);
    EXPECT_EQ(agreement.same_predictions, file.rows.size());
    if (name == "bert-tiny-sst2-hybrid/golden-dev-logits.tsv") {
      EXPECT_EQ(agreement.correct, 715U);
    }
    if (name == "bert-tiny-emotion-hybrid/golden-test-logits.tsv") {
      EXPECT_EQ(agreement.correct, 1751U);
    }
  }
}

}  // namespace
}  // namespace fbert::golden_logits_test
