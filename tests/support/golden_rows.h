#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "fbert/model.h"
#include "fbert/tokenizer.h"

namespace fbert::testing {

// One row of a golden file of the shared data: a text, its label and what PyTorch computes in fp32.
struct GoldenRow {
  std::string label;
  std::string prediction;  // id of the label, or the value of a regression model
  size_t tokens = 0;
  std::vector<double> logits;
  Encoding encoding;  // by fbert's tokenizer
};

struct GoldenFile {
  std::string name;  // "<model>/golden-dev-logits.tsv"
  std::filesystem::path model;
  std::vector<GoldenRow> rows;
};

// Names of all golden files. `data` is the folder of the shared data.
std::vector<std::string> golden_files(const std::filesystem::path& data);

GoldenFile read_golden_file(const std::filesystem::path& data, const std::string& name);

// (rows, num_labels), in batches of `batch` rows.
std::vector<float> logits_of(const Model& model, Context& context, const std::vector<GoldenRow>& rows, size_t batch);

}  // namespace fbert::testing
