#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "fbert/batch.h"
#include "fbert/blas.h"
#include "fbert/config.h"
#include "fbert/export.h"
#include "fbert/isa.h"
#include "fbert/model_folder.h"
#include "fbert/observer.h"
#include "fbert/precision.h"

namespace fbert {

namespace kernels {
struct KernelTable;
}

class Model;
struct ModelParts;

// What one stream of forward passes owns: the thread team and the workspace. It keeps its model in memory. Not shared
// between threads. In a forked child the next forward pass starts the team anew.
class FBERT_API Context {
 public:
  // `threads` workers run each forward together; 1 means the calling thread alone.
  Context(const Model& model, int threads);
  Context(Context&&) noexcept;
  Context& operator=(Context&&) noexcept;
  ~Context();

  // Makes room for batches of up to this many tokens and sequences; forward() calls for larger ones grow the
  // workspace, so that calling this once beforehand makes every forward() free of allocation. Large batches are
  // computed in parts, so that there is never room for many more tokens than the longest sequence has.
  void reserve(int32_t tokens, int32_t sequences, int32_t max_sequence);

  int threads() const;
  size_t workspace_bytes() const;  // of the activations that there is room for

  // Has forward passes followed from now on; the observer's state must outlive them.
  void observe(const Observer& observer);

 private:
  friend class Model;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// A BERT or DistilBERT encoder with its head. Immutable after load; any number of contexts can run it at once. Copies
// share the weights; moving copies, so that there is no empty model.
class FBERT_API Model {
 public:
  // Loads config.json and the weights of a folder, as they are: load_model() (quantize.h) also quantises. `isa`: see
  // decide_isa(), `blas`: see decide_blas(). Throws kData for missing or ill-shaped tensors (all named), kUnsupported
  // for models fbert does not run and for an OpenBLAS that was asked for and cannot be loaded, and whatever the two
  // throw.
  static Model load(const ModelFolder& folder, const std::string& isa = "", const std::string& blas = "");

  Model(const Model&) noexcept;
  Model& operator=(const Model&) noexcept;
  ~Model();

  const ModelConfig& config() const;
  const IsaDecision& isa() const;
  const BlasDecision& blas() const;
  Precision precision() const;              // of the encoder's linear layers, but for those that a folder keeps in fp32
  EmbeddingType embeddings() const;         // of the word embeddings, in memory
  size_t weight_bytes() const;              // resident in memory
  size_t file_bytes() const;                // of the weight files
  const std::string& weight_dtype() const;  // as stored: "F32", "F16", "BF16" or "mixed"

  // Raw scores of the head. `logits` is (sequences, num_labels). Throws kUnsupported where there is no classification
  // head, kUsage for a batch or a context that was made for another model.
  void forward(const PackedBatch& batch, Context& context, std::span<float> logits) const;

  // The encoder's output. `hidden` is (tokens, hidden_size). Throws as forward() does.
  void hidden_states(const PackedBatch& batch, Context& context, std::span<float> hidden) const;

 private:
  friend class Context;
  friend Model make_model(ModelParts parts);
  struct Impl;
  explicit Model(std::shared_ptr<const Impl> impl);
  std::shared_ptr<const Impl> impl_;
};

// Scores of one row of logits. `scores` may be `logits`.
FBERT_API void scores_from_logits(const kernels::KernelTable& table, ScoreFunction function,
                                  std::span<const float> logits, std::span<float> scores);

}  // namespace fbert
