#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "fbert/config.h"
#include "fbert/observer.h"
#include "loader/weight_files.h"

namespace fbert {

// What a module of a checkpoint is to the graph.
enum class Role {
  kWordEmbeddings,
  kPositionEmbeddings,
  kTypeEmbeddings,
  kEmbeddingNorm,
  kQuery,
  kKey,
  kValue,
  kAttentionOutput,
  kAttentionNorm,
  kIntermediate,
  kOutput,
  kOutputNorm,
  kHeadDense,
  kClassifier,
};

enum class ModuleKind { kEmbedding, kLayerNorm, kLinear };

// A module that holds parameters: "<name>.weight" and, but for tables of embeddings, "<name>.bias".
struct Module {
  Role role;
  int layer;         // -1 outside the layers
  std::string name;  // as in the checkpoint
  size_t rows;       // of the weight: entries of a table, out_features of a linear layer, 1 of a LayerNorm
  size_t columns;    // of the weight: hidden_size, in_features
  // Of a linear layer of the encoder: the module by whose name a checkpoint keeps what belongs to its inputs. Query,
  // key and value read the same and share it.
  std::string input_owner = {};

  ModuleKind kind() const;
  bool of_encoder() const { return role < Role::kHeadDense; }  // not of the head
};

// The prefix that the names of this checkpoint have: the family's or none.
std::string prefix_in(const WeightFiles& files, Family family);

// The name of the layer between the encoder and the classifier.
std::string head_dense_name(Family family, const std::string& prefix);

// All modules that a model of this configuration computes with, in the order of the graph. `prefix` as prefix_in()
// finds it.
std::vector<Module> modules_of(const ModelConfig& config, const std::string& prefix);

// Calls f(name, shape) for every tensor of these modules.
template <typename F>
void for_each_tensor(const std::vector<Module>& modules, const F& f) {
  for (const Module& module : modules) {
    const ModuleKind kind = module.kind();
    f(module.name + ".weight",
      kind == ModuleKind::kLayerNorm ? Shape{module.columns} : Shape{module.rows, module.columns});
    if (kind != ModuleKind::kEmbedding) {
      f(module.name + ".bias", Shape{kind == ModuleKind::kLayerNorm ? module.columns : module.rows});
    }
  }
}

// What a linear layer of the encoder reads.
LinearInput input_of(Role role);

}  // namespace fbert
