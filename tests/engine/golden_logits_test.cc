// Logits of every model of the shared data against those computed with PyTorch in fp32.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>

#include "engine/model.h"
#include "loader/json.h"
#include "tests/support/paths.h"
#include "tokenizer/tokenizer.h"

namespace fbert {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> split(const std::string& line, char separator) {
  std::vector<std::string> fields;
  std::istringstream in(line);
  for (std::string field; std::getline(in, field, separator);) fields.push_back(field);
  return fields;
}

std::vector<std::string> lines_of(const fs::path& path) {
  std::vector<std::string> lines;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    lines.push_back(line);
  }
  return lines;
}

struct Agreement {
  double largest_difference = 0;
  int rows = 0;
  int same_predictions = 0;
  int correct = 0;
  int same_tokens = 0;
};

size_t argmax(const std::vector<double>& values) {
  return static_cast<size_t>(std::max_element(values.begin(), values.end()) - values.begin());
}

// Compares all rows of one golden file: columns row, label, pred, n_tokens, logits.
Agreement compare(const fs::path& data, const std::string& golden, const Json& entry) {
  const fs::path folder = data / "models" / fs::path(golden).parent_path();
  const Model model = Model::load(folder);
  const Tokenizer tokenizer = Tokenizer::load(folder);
  Context context(model, 1);
  const auto labels = static_cast<size_t>(model.config().num_labels());
  const bool hybrid = golden.find("hybrid") != std::string::npos;
  const EncodeOptions options{.max_length = hybrid ? 512 : 256};

  const std::vector<std::string> texts = lines_of(data / entry["file"].get<std::string>());
  const size_t header = entry["header"].get<bool>() ? 1 : 0;
  const std::vector<std::string> expected = lines_of(data / "models" / golden);
  Agreement agreement;
  for (size_t i = 1; i < expected.size(); ++i) {
    const std::vector<std::string> columns = split(expected[i], '\t');
    const std::vector<std::string> fields =
        split(texts.at(std::stoul(columns[0]) + header), entry["sep"].get<std::string>()[0]);
    const std::string& text = fields.at(entry["text"].get<size_t>());
    const Encoding encoding = entry.contains("pair")
                                  ? tokenizer.encode_pair(text, fields.at(entry["pair"].get<size_t>()), options)
                                  : tokenizer.encode(text, options);
    PackedBatch batch(model.config());
    batch.add(encoding.ids, encoding.type_ids);
    std::vector<float> logits(labels);
    model.forward(batch, context, logits);

    std::vector<double> found(logits.begin(), logits.end());
    std::vector<double> wanted;
    for (size_t l = 0; l < labels; ++l) wanted.push_back(std::stod(columns.at(4 + l)));
    for (size_t l = 0; l < labels; ++l) {
      agreement.largest_difference = std::max(agreement.largest_difference, std::abs(found[l] - wanted[l]));
    }
    ++agreement.rows;
    agreement.same_tokens += encoding.ids.size() == std::stoul(columns[3]) ? 1 : 0;
    agreement.same_predictions += argmax(found) == argmax(wanted) ? 1 : 0;
    if (labels > 1) agreement.correct += std::to_string(argmax(found)) == columns[1] ? 1 : 0;
  }
  return agreement;
}

TEST(GoldenLogits, EveryModelAndRowAgrees) {
  FBERT_REQUIRE_SHARED_DATA(data);
  const Json files = load_json(data / "models" / "golden.json");
  for (const auto& [golden, entry] : files.items()) {
    SCOPED_TRACE(golden);
    const Agreement agreement = compare(data, golden, entry);
    std::printf("%-50s %5d rows, largest difference %.2e, %d predictions differ\n", golden.c_str(), agreement.rows,
                agreement.largest_difference, agreement.rows - agreement.same_predictions);
    EXPECT_GT(agreement.rows, 0);
    EXPECT_EQ(agreement.same_tokens, agreement.rows);
    EXPECT_LE(agreement.largest_difference, 1e-4);
    EXPECT_EQ(agreement.same_predictions, agreement.rows);
    if (golden == "bert-tiny-sst2-hybrid/golden-dev-logits.tsv") {
      EXPECT_EQ(agreement.correct, 715);
    }
    if (golden == "bert-tiny-emotion-hybrid/golden-test-logits.tsv") {
      EXPECT_EQ(agreement.correct, 1751);
    }
  }
}

}  // namespace
}  // namespace fbert
