// The model that ships with the project gives the answers of PyTorch, text to logits.
#include <cmath>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "fbert/classifier.h"
#include "loader/json.h"
#include "tests/support/arrays.h"
#include "tests/support/paths.h"

namespace fbert::testing::default_model_test {
namespace {

constexpr double kTolerance = 1e-4;

std::vector<Json> golden_rows() {
  std::ifstream file(source_dir() / "tests/golden/model/fbert-mini-sst2.jsonl");
  std::vector<Json> rows;
  for (std::string line; std::getline(file, line);) rows.push_back(parse_json(line, "golden row"));
  return rows;
}

TEST(DefaultModel, AgreesWithPyTorchOnEveryText) {
  Classifier classifier = Classifier::load(source_dir() / "models/fbert-mini-sst2");
  const std::vector<Json> rows = golden_rows();
  ASSERT_GE(rows.size(), 60u);
  std::vector<TextInput> inputs;
  for (const Json& row : rows) inputs.push_back({.text = row.at("text").get<std::string>()});
  const std::vector<Prediction> predictions = classifier.classify_or_throw(inputs);

  for (size_t i = 0; i < rows.size(); ++i) {
    SCOPED_TRACE(escaped(inputs[i].text));
    const Prediction& prediction = predictions[i];
    const auto logits = rows[i].at("logits").get<std::vector<double>>();
    EXPECT_EQ(prediction.tokens, rows[i].at("tokens").get<int32_t>());
    EXPECT_EQ(prediction.truncated, rows[i].at("truncated").get<bool>());
    ASSERT_TRUE(arrays_equal(prediction.logits, logits, kTolerance));
    EXPECT_EQ(prediction.label, logits[1] > logits[0] ? 1 : 0);
  }
}

}  // namespace
}  // namespace fbert::testing::default_model_test
