#pragma once

#include "engine/attention.h"
#include "engine/thread_team.h"
#include "engine/weights.h"
#include "engine/workspace.h"
#include "fbert/batch.h"
#include "fbert/config.h"
#include "fbert/observer.h"
#include "kernels/kernels.h"

namespace fbert {

// Everything that a worker of a forward pass reads and writes.
struct ForwardPass {
  const ModelConfig& config;
  const ModelWeights& weights;
  const kernels::KernelTable& kernels;
  const PackedBatch& batch;
  Workspace& workspace;
  const Observer* observer = nullptr;

  // All workers meet at the end of a step.
  void finish(Step step, const Worker& worker) const noexcept {
    worker.sync();
    if (observer != nullptr && worker.id == 0 && observer->step_done != nullptr) {
      observer->step_done(observer->state, step);
    }
  }
  void show_input(size_t layer, LinearInput input, std::span<const float> rows, const Worker& worker) const noexcept {
    if (observer != nullptr && worker.id == 0 && observer->input_ready != nullptr) {
      observer->input_ready(observer->state, static_cast<int>(layer), input, rows);
    }
  }
  void finish_layer(int layer, std::span<const float> hidden, const Worker& worker) const noexcept {
    if (observer != nullptr && worker.id == 0 && observer->layer_done != nullptr) {
      observer->layer_done(observer->state, layer, hidden);
    }
  }
};

// Runs embeddings and all layers. Every worker of the team calls it. Afterwards `workspace.hidden` holds the last
// hidden states of all tokens (Queries::kAll), or `workspace.first` those of the first tokens (Queries::kFirst), which
// is all that a [CLS] head reads: the last layer then computes keys and values for all tokens and the rest for the
// first ones only. In fp32 the results are the same up to rounding; in int8 the attention of these single queries is in
// float.
void run_encoder(const ForwardPass& pass, Queries last_layer, const Worker& worker) noexcept;

}  // namespace fbert
