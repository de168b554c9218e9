#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "fbert/activation.h"
#include "fbert/export.h"
#include "fbert/heads.h"
#include "fbert/model_folder.h"
#include "fbert/scheme.h"

namespace fbert {

enum class Family { kBert, kDistilBert };

// What config.json says, checked, and what the tensors say where it is silent or wrong. Names are those of Hugging
// Face's BertConfig, whatever the family.
struct ModelConfig {
  Family family = Family::kBert;
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

  Head head;

  std::optional<QuantizationConfig> quantization;  // none: the weights are in floats

  std::vector<std::string> notes;  // where the folder had to be understood rather than read; one line each

  int32_t head_size() const { return hidden_size / num_attention_heads; }

  // Of a classifier; nullptr for another head.
  const SequenceClassification* classification() const { return std::get_if<SequenceClassification>(&head); }
  // The same for those who know that the model is a classifier, as a Classifier's is. Throws std::bad_variant_access.
  const std::vector<std::string>& labels() const { return std::get<SequenceClassification>(head).labels; }
  int32_t num_labels() const { return static_cast<int32_t>(labels().size()); }
  ProblemType problem_type() const { return std::get<SequenceClassification>(head).problem_type; }
  ScoreFunction score_function() const { return std::get<SequenceClassification>(head).scores; }
};

FBERT_API const char* to_string(Family family);
FBERT_API const char* to_string(Activation activation);

// Reads and checks <folder>/config.json, against the names and shapes of the tensors where weights are there: they
// decide of family, head and number of labels where the file does not. Throws kData for a malformed or inconsistent
// file, kUnsupported (with its name) for an architecture, activation or position type that fbert does not run.
FBERT_API ModelConfig load_config(const ModelFolder& folder);

// The same from text alone; `source` is the name that messages carry.
FBERT_API ModelConfig parse_config(std::string_view text, std::string_view source);

}  // namespace fbert
