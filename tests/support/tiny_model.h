#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "loader/safetensors_writer.h"

namespace fbert::testing {

// A small random model in the form of a Hugging Face folder: config.json, model.safetensors, vocab.txt and
// tokenizer_config.json. Change the fields, then write().
struct TinyModel {
  bool distilbert = false;
  bool headless = false;
  bool with_prefix = true;            // "bert." before the encoder's names
  bool old_layer_norm_names = false;  // gamma and beta
  int vocab_size = 64;
  int hidden_size = 24;
  int layers = 2;
  int heads = 3;
  int intermediate_size = 40;
  int positions = 48;
  std::string activation = "gelu";
  std::string problem_type = "single_label_classification";
  std::vector<std::string> labels = {"no", "yes", "maybe"};
  unsigned seed = 1;

  // Values of all tensors by name, row-major, with their shapes.
  struct Tensor {
    Shape shape;
    std::vector<float> values;
  };
  std::map<std::string, Tensor> tensors() const;

  std::string config_json() const;
  void write(const std::filesystem::path& folder) const;
};

// Writes tensors as F32.
void write_tensors(const std::filesystem::path& path, const std::map<std::string, TinyModel::Tensor>& tensors);

void write_text(const std::filesystem::path& path, std::string_view text);

}  // namespace fbert::testing
