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

struct GoldenRow {
  std::vector<std::string> columns;  // row, label, pred, n_tokens, logits
  Encoding encoding;
};

std::vector<GoldenRow> read_rows(const fs::path& data, const std::string& golden, const Json& entry,
                                 const Tokenizer& tokenizer) {
  const bool hybrid = golden.find("hybrid") != std::string::npos;
  const EncodeOptions options{.max_length = hybrid ? 512 : 256};
  const std::vector<std::string> texts = lines_of(data / entry["file"].get<std::string>());
  const size_t header = entry["header"].get<bool>() ? 1 : 0;
  const std::vector<std::string> lines = lines_of(data / "models" / golden);
  std::vector<GoldenRow> rows;
  for (size_t i = 1; i < lines.size(); ++i) {
    GoldenRow row{split(lines[i], '\t'), {}};
    const std::string& line = texts.at(std::stoul(row.columns[0]) + header);
    const std::vector<std::string> fields = split(line, entry["sep"].get<std::string>()[0]);
    const std::string& text = fields.at(entry["text"].get<size_t>());
    row.encoding = entry.contains("pair") ? tokenizer.encode_pair(text, fields.at(entry["pair"].get<size_t>()), options)
                                          : tokenizer.encode(text, options);
    rows.push_back(std::move(row));
  }
  return rows;
}

void compare_row(const GoldenRow& row, std::span<const float> logits, Agreement& agreement) {
  const std::vector<double> found(logits.begin(), logits.end());
  std::vector<double> wanted;
  for (size_t l = 0; l < found.size(); ++l) wanted.push_back(std::stod(row.columns.at(4 + l)));
  for (size_t l = 0; l < found.size(); ++l) {
    agreement.largest_difference = std::max(agreement.largest_difference, std::abs(found[l] - wanted[l]));
  }
  ++agreement.rows;
  agreement.same_tokens += row.encoding.ids.size() == std::stoul(row.columns[3]) ? 1 : 0;
  const bool same = found.size() == 1 || std::to_string(argmax(found)) == row.columns[2];
  agreement.same_predictions += same ? 1 : 0;
  agreement.correct += std::to_string(argmax(found)) == row.columns[1] ? 1 : 0;
}

Agreement compare(const fs::path& data, const std::string& golden, const Json& entry) {
  constexpr size_t kBatch = 32;
  const fs::path folder = data / "models" / fs::path(golden).parent_path();
  const Model model = Model::load(folder);
  const std::vector<GoldenRow> rows = read_rows(data, golden, entry, Tokenizer::load(folder));
  Context context(model, 1);
  const auto labels = static_cast<size_t>(model.config().num_labels());
  Agreement agreement;
  for (size_t begin = 0; begin < rows.size(); begin += kBatch) {
    const size_t count = std::min(kBatch, rows.size() - begin);
    PackedBatch batch(model.config());
    for (size_t i = 0; i < count; ++i) batch.add(rows[begin + i].encoding.ids, rows[begin + i].encoding.type_ids);
    std::vector<float> logits(count * labels);
    model.forward(batch, context, logits);
    for (size_t i = 0; i < count; ++i) {
      compare_row(rows[begin + i], std::span(logits).subspan(i * labels, labels), agreement);
    }
  }
  return agreement;
}

TEST(GoldenLogits, EveryModelAndRowAgrees) {
  FBERT_REQUIRE_SHARED_DATA(data);
  const Json files = load_json(data / "models" / "golden.json");
  int compared = 0;
  for (const auto& [golden, entry] : files.items()) {
    SCOPED_TRACE(golden);
    const Agreement agreement = compare(data, golden, entry);
    std::printf("%-50s %5d rows, largest difference %.2e, %d predictions differ\n", golden.c_str(), agreement.rows,
                agreement.largest_difference, agreement.rows - agreement.same_predictions);
    EXPECT_GT(agreement.rows, 0);
    EXPECT_EQ(agreement.same_tokens, agreement.rows);
    EXPECT_LE(agreement.largest_difference, 1e-4);
    EXPECT_EQ(agreement.same_predictions, agreement.rows);
    ++compared;
    if (golden == "bert-tiny-sst2-hybrid/golden-dev-logits.tsv") {
      EXPECT_EQ(agreement.correct, 715);
    }
    if (golden == "bert-tiny-emotion-hybrid/golden-test-logits.tsv") {
      EXPECT_EQ(agreement.correct, 1751);
    }
  }
  EXPECT_GE(compared, 16);
}

}  // namespace
}  // namespace fbert
