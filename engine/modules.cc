#include "engine/modules.h"

#include <fmt/format.h>

#include "engine/tensor_names.h"

namespace fbert {

ModuleKind Module::kind() const {
  switch (role) {
    case Role::kWordEmbeddings:
    case Role::kPositionEmbeddings:
    case Role::kTypeEmbeddings:
      return ModuleKind::kEmbedding;
    case Role::kEmbeddingNorm:
    case Role::kAttentionNorm:
    case Role::kOutputNorm:
      return ModuleKind::kLayerNorm;
    default:
      return ModuleKind::kLinear;
  }
}

std::string prefix_in(const WeightFiles& files, Family family) {
  const TensorNames& names = tensor_names(family);
  return files.find(std::string(names.prefix) + names.word_embeddings + ".weight") ? names.prefix : "";
}

std::string head_dense_name(Family family, const std::string& prefix) {
  const TensorNames& names = tensor_names(family);
  return (names.head_dense_has_prefix ? prefix : "") + names.head_dense;
}

std::vector<Module> modules_of(const ModelConfig& config, const std::string& prefix) {
  const TensorNames& names = tensor_names(config.family);
  const auto hidden = static_cast<size_t>(config.hidden_size);
  const auto intermediate = static_cast<size_t>(config.intermediate_size);
  std::vector<Module> modules;
  const auto add = [&](Role role, const std::string& name, size_t rows, size_t columns, int layer = -1) {
    modules.push_back({role, layer, name, rows, columns});
  };

  add(Role::kWordEmbeddings, prefix + names.word_embeddings, static_cast<size_t>(config.vocab_size), hidden);
  add(Role::kPositionEmbeddings, prefix + names.position_embeddings,
      static_cast<size_t>(config.max_position_embeddings), hidden);
  if (names.type_embeddings != nullptr) {
    add(Role::kTypeEmbeddings, prefix + names.type_embeddings, static_cast<size_t>(config.type_vocab_size), hidden);
  }
  add(Role::kEmbeddingNorm, prefix + names.embedding_norm, 1, hidden);

  for (int layer = 0; layer < config.num_hidden_layers; ++layer) {
    const auto name = [&](const char* pattern) { return prefix + fmt::format(fmt::runtime(pattern), layer); };
    const auto add_to_layer = [&](Role role, const char* pattern, size_t rows, size_t columns) {
      add(role, name(pattern), rows, columns, layer);
      Module& module = modules.back();
      if (module.kind() != ModuleKind::kLinear) return;
      module.input_owner = input_of(role) == LinearInput::kAttention ? name(names.query) : module.name;
    };
    add_to_layer(Role::kQuery, names.query, hidden, hidden);
    add_to_layer(Role::kKey, names.key, hidden, hidden);
    add_to_layer(Role::kValue, names.value, hidden, hidden);
    add_to_layer(Role::kAttentionOutput, names.attention_output, hidden, hidden);
    add_to_layer(Role::kAttentionNorm, names.attention_norm, 1, hidden);
    add_to_layer(Role::kIntermediate, names.intermediate, intermediate, hidden);
    add_to_layer(Role::kOutput, names.output, hidden, intermediate);
    add_to_layer(Role::kOutputNorm, names.output_norm, 1, hidden);
  }

  if (config.classification() != nullptr) {
    add(Role::kHeadDense, head_dense_name(config.family, prefix), hidden, hidden);
    add(Role::kClassifier, "classifier", static_cast<size_t>(config.num_labels()), hidden);
  }
  return modules;
}

LinearInput input_of(Role role) {
  switch (role) {
    case Role::kAttentionOutput:
      return LinearInput::kAttentionOutput;
    case Role::kIntermediate:
      return LinearInput::kIntermediate;
    case Role::kOutput:
      return LinearInput::kOutput;
    default:
      return LinearInput::kAttention;
  }
}

}  // namespace fbert
