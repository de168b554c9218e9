#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fbert/export.h"

namespace fbert {

enum class Family { kBert, kDistilBert };
enum class Task { kSequenceClassification, kHiddenStates };
enum class Activation { kGelu, kGeluTanh, kRelu };
enum class ProblemType { kSingleLabel, kMultiLabel, kRegression };

// What the key quantization_config says of a folder whose weights are in 8 bits (docs/quantized-format.md).
struct QuantizationConfig {
  bool embeddings = false;  // embedding tables are in 8 bits too, unless `ignore` names them
  // Modules that stay in floats: names as in the checkpoint, or "re:" and a regular expression.
  std::vector<std::string> ignore;
};

// What config.json says, checked. Names are those of Hugging Face's BertConfig, whatever the family.
struct ModelConfig {
  Family family = Family::kBert;
  Task task = Task::kSequenceClassification;
  std::string architecture;  // "BertForSequenceClassification"

  int32_t vocab_size = 0;
  int32_t hidden_size = 0;
  int32_t num_hidden_layers = 0;
  int32_t num_attention_heads = 0;
  int32_t intermediate_size = 0;
  int32_t max_position_embeddings = 0;
  int32_t type_vocab_size = 0;  // 0 for DistilBERT
  Activation hidden_act = Activation::kGelu;
  float layer_norm_eps = 1e-12f;

  ProblemType problem_type = ProblemType::kSingleLabel;
  std::vector<std::string> labels;  // by id; empty for kHiddenStates

  std::optional<QuantizationConfig> quantization;  // none: the weights are in floats

  int32_t head_size() const { return hidden_size / num_attention_heads; }
  int32_t num_labels() const { return static_cast<int32_t>(labels.size()); }
};

FBERT_API const char* to_string(Family family);
FBERT_API const char* to_string(Task task);
FBERT_API const char* to_string(Activation activation);
FBERT_API const char* to_string(ProblemType type);

// Reads and checks <folder>/config.json. Throws kData for a malformed or inconsistent file, kUnsupported (with its
// name) for an architecture, activation or position type that fbert does not run.
FBERT_API ModelConfig load_config(const std::filesystem::path& folder);

// The same from text; `source` is the name that messages carry.
FBERT_API ModelConfig parse_config(std::string_view text, std::string_view source);

}  // namespace fbert
