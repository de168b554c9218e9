#pragma once

#include "engine/attention.h"
#include "engine/batch.h"
#include "engine/config.h"
#include "engine/thread_team.h"
#include "engine/weights.h"
#include "engine/workspace.h"
#include "kernels/kernels.h"

namespace fbert {

// Everything that a worker of a forward pass reads and writes.
struct ForwardPass {
  const ModelConfig& config;
  const ModelWeights& weights;
  const kernels::KernelTable& kernels;
  const PackedBatch& batch;
  Workspace& workspace;
};

// Runs embeddings and all layers. Every worker of the team calls it. Afterwards `workspace.hidden` holds the last
// hidden states of all tokens (Queries::kAll), or `workspace.first` those of the first tokens (Queries::kFirst), which
// is all that a [CLS] head reads: the last layer then computes keys and values for all tokens and the rest for the
// first ones only, with the same results.
void run_encoder(const ForwardPass& pass, Queries last_layer, const Worker& worker) noexcept;

}  // namespace fbert
