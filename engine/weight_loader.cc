#include "engine/weight_loader.h"

#include <utility>

#include "engine/load_tasks.h"
#include "engine/tensor_names.h"

namespace fbert {
namespace {

// Checks all tensors, takes their room from the arena and adds the tasks that fill it.
LoadedWeights describe(const ModelConfig& config, const WeightFiles& files, const WeightOptions& options, Arena arena,
                       LoadTasks& tasks) {
  ModelWeights weights{.arena = std::move(arena), .embeddings = {}, .layers = {}, .head = {}, .dtype = {}};
  weights.layers.resize(static_cast<size_t>(config.num_hidden_layers));
  if (config.classification() != nullptr) {
    weights.head = {.dense = {}, .activation = tensor_names(config.family).head_activation, .classifier = {}};
  }
  WeightReader reader(files, config.quantization, options, weights.arena, tasks);
  for (const Module& module : modules_of(config, prefix_in(files, config.family))) {
    switch (module.kind()) {
      case ModuleKind::kEmbedding:
        embedding_of(weights, module) = reader.embedding(module);
        break;
      case ModuleKind::kLayerNorm:
        layer_norm_of(weights, module) = reader.layer_norm(module);
        break;
      case ModuleKind::kLinear:
        linear_of(weights, module) = reader.linear(module);
        break;
    }
  }
  reader.throw_if_missing();
  reader.throw_if_unread();
  weights.dtype = reader.dtype();
  return {std::move(weights), reader.converted()};
}

}  // namespace

LoadedWeights load_weights(const ModelConfig& config, const WeightFiles& files, const WeightOptions& options) {
  LoadTasks never_run;
  const size_t bytes = describe(config, files, options, Arena::measuring(), never_run).weights.arena.used_bytes();
  LoadTasks tasks;
  LoadedWeights loaded = describe(config, files, options, Arena(bytes), tasks);
  tasks.run(loader_threads());
  return loaded;
}

}  // namespace fbert
