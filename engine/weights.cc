#include "engine/weights.h"

#include <utility>

#include "engine/centring.h"
#include "engine/load_tasks.h"
#include "engine/tensor_names.h"

namespace fbert {
namespace {

LayerWeights read_layer(WeightReader& reader, const TensorNames& names, const std::string& prefix,
                        const ModelConfig& config, int layer) {
  const auto hidden = static_cast<size_t>(config.hidden_size);
  const auto intermediate = static_cast<size_t>(config.intermediate_size);
  const auto name = [&](const char* pattern) { return prefix + in_layer(pattern, layer); };
  const auto source = [&](const char* pattern, LinearInput kind) { return LinearSource{name(pattern), layer, kind}; };
  const LinearSource attention = source(names.query, LinearInput::kAttention);
  const auto [value, attention_output] = reader.value_path(name(names.value), name(names.attention_output), attention,
                                                           hidden, static_cast<size_t>(config.head_size()));
  return {
      .query = reader.linear(name(names.query), hidden, hidden, attention),
      .key = reader.linear(name(names.key), hidden, hidden, attention),
      .value = value,
      .attention_output = attention_output,
      .attention_norm = reader.layer_norm(name(names.attention_norm), hidden),
      .intermediate = reader.linear(name(names.intermediate), intermediate, hidden,
                                    source(names.intermediate, LinearInput::kIntermediate)),
      .output = reader.linear(name(names.output), hidden, intermediate, source(names.output, LinearInput::kOutput)),
      .output_norm = reader.layer_norm(name(names.output_norm), hidden),
  };
}

EmbeddingWeights read_embeddings(WeightReader& reader, const TensorNames& names, const std::string& prefix,
                                 const ModelConfig& config, std::optional<EmbeddingType> type) {
  const auto hidden = static_cast<size_t>(config.hidden_size);
  const auto rows = [](int32_t n) { return static_cast<size_t>(n); };
  EmbeddingWeights embeddings;
  embeddings.word = reader.table(prefix + names.word_embeddings, rows(config.vocab_size), hidden, type);
  embeddings.position = reader.table(prefix + names.position_embeddings, rows(config.max_position_embeddings), hidden);
  if (names.type_embeddings != nullptr) {
    embeddings.type = reader.table(prefix + names.type_embeddings, rows(config.type_vocab_size), hidden);
  }
  embeddings.norm = reader.layer_norm(prefix + names.embedding_norm, hidden);
  return embeddings;
}

HeadWeights read_head(WeightReader& reader, const std::string& prefix, const ModelConfig& config) {
  const std::vector<LinearName> linears = head_linears(config, prefix);
  const auto linear = [&](const LinearName& name) {
    return reader.exact_linear(name.name, name.out_features, name.in_features);
  };
  return {.dense = linear(linears[0]),
          .activation = tensor_names(config.family).head_activation,
          .classifier = linear(linears[1])};
}

struct PlannedWeights {
  ModelWeights weights;
  std::vector<UncentredLinear> uncentred;
};

// Checks all tensors, takes their room from the arena and adds the tasks that fill it.
PlannedWeights plan(const ModelConfig& config, const WeightFiles& files, const WeightOptions& options, Arena arena,
                    LoadTasks& tasks) {
  ModelWeights weights{
      .arena = std::move(arena), .embeddings = {}, .layers = {}, .head = {}, .dtype = {}, .centred = {}};
  const TensorNames& names = tensor_names(config.family);
  const std::string prefix = prefix_in(files, names);
  WeightReader reader(files, config.quantization, options.precision, options.kept, weights.arena, tasks);
  weights.embeddings = read_embeddings(reader, names, prefix, config, options.embeddings);
  for (int layer = 0; layer < config.num_hidden_layers; ++layer) {
    weights.layers.push_back(read_layer(reader, names, prefix, config, layer));
  }
  if (config.task == Task::kSequenceClassification) weights.head = read_head(reader, prefix, config);
  reader.throw_if_missing();
  reader.throw_if_unread();
  weights.dtype = reader.dtype();
  for (const UncentredLinear& linear : reader.uncentred()) {
    weights.centred.push_back({linear.module, linear.source.module, linear.packer.linear()});
  }
  return {std::move(weights), reader.uncentred()};
}

}  // namespace

ModelWeights load_weights(const ModelConfig& config, const WeightFiles& files, const WeightOptions& options,
                          const kernels::KernelTable& kernels) {
  LoadTasks never_run;
  const size_t bytes = plan(config, files, options, Arena::measuring(), never_run).weights.arena.used_bytes();
  LoadTasks tasks;
  PlannedWeights planned = plan(config, files, options, Arena(bytes), tasks);
  tasks.run(loader_threads());
  centre_inputs(config, planned.weights, kernels, planned.uncentred);
  return std::move(planned.weights);
}

}  // namespace fbert
