#include "engine/tensor_names.h"

#include <fmt/format.h>

namespace fbert {
namespace {

constexpr TensorNames kBertNames = {
    .prefix = "bert.",
    .word_embeddings = "embeddings.word_embeddings",
    .position_embeddings = "embeddings.position_embeddings",
    .type_embeddings = "embeddings.token_type_embeddings",
    .embedding_norm = "embeddings.LayerNorm",
    .query = "encoder.layer.{}.attention.self.query",
    .key = "encoder.layer.{}.attention.self.key",
    .value = "encoder.layer.{}.attention.self.value",
    .attention_output = "encoder.layer.{}.attention.output.dense",
    .attention_norm = "encoder.layer.{}.attention.output.LayerNorm",
    .intermediate = "encoder.layer.{}.intermediate.dense",
    .output = "encoder.layer.{}.output.dense",
    .output_norm = "encoder.layer.{}.output.LayerNorm",
    .head_dense = "pooler.dense",
    .head_dense_has_prefix = true,
    .head_activation = Epilogue::kBiasTanh,
};

constexpr TensorNames kDistilBertNames = {
    .prefix = "distilbert.",
    .word_embeddings = "embeddings.word_embeddings",
    .position_embeddings = "embeddings.position_embeddings",
    .type_embeddings = nullptr,
    .embedding_norm = "embeddings.LayerNorm",
    .query = "transformer.layer.{}.attention.q_lin",
    .key = "transformer.layer.{}.attention.k_lin",
    .value = "transformer.layer.{}.attention.v_lin",
    .attention_output = "transformer.layer.{}.attention.out_lin",
    .attention_norm = "transformer.layer.{}.sa_layer_norm",
    .intermediate = "transformer.layer.{}.ffn.lin1",
    .output = "transformer.layer.{}.ffn.lin2",
    .output_norm = "transformer.layer.{}.output_layer_norm",
    .head_dense = "pre_classifier",
    .head_dense_has_prefix = false,
    .head_activation = Epilogue::kBiasRelu,
};

}  // namespace

const TensorNames& tensor_names(Family family) { return family == Family::kBert ? kBertNames : kDistilBertNames; }

std::string prefix_in(const WeightFiles& files, const TensorNames& names) {
  return files.find(std::string(names.prefix) + names.word_embeddings + ".weight") ? names.prefix : "";
}

std::string in_layer(const char* pattern, int layer) { return fmt::format(fmt::runtime(pattern), layer); }

std::vector<LinearName> encoder_linears(const ModelConfig& config, const std::string& prefix) {
  const TensorNames& names = tensor_names(config.family);
  const auto hidden = static_cast<size_t>(config.hidden_size);
  const auto intermediate = static_cast<size_t>(config.intermediate_size);
  std::vector<LinearName> linears;
  for (int layer = 0; layer < config.num_hidden_layers; ++layer) {
    for (const char* pattern : {names.query, names.key, names.value, names.attention_output}) {
      linears.push_back({prefix + in_layer(pattern, layer), hidden, hidden});
    }
    linears.push_back({prefix + in_layer(names.intermediate, layer), intermediate, hidden});
    linears.push_back({prefix + in_layer(names.output, layer), hidden, intermediate});
  }
  return linears;
}

std::vector<LinearName> head_linears(const ModelConfig& config, const std::string& prefix) {
  if (config.task != Task::kSequenceClassification) return {};
  const TensorNames& names = tensor_names(config.family);
  const auto hidden = static_cast<size_t>(config.hidden_size);
  const std::string dense = names.head_dense_has_prefix ? prefix + names.head_dense : names.head_dense;
  return {{dense, hidden, hidden}, {"classifier", static_cast<size_t>(config.num_labels()), hidden}};
}

}  // namespace fbert
