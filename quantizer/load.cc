#include "quantizer/load.h"

#include <utility>

#include <fmt/format.h>

#include "engine/model_parts.h"
#include "engine/weight_loader.h"
#include "fbert/error.h"
#include "kernels/kernels.h"
#include "quantizer/plan.h"

namespace fbert {
namespace {

Precision decide_precision(const ModelFolder& folder, const ModelConfig& config, std::optional<Precision> requested) {
  if (!config.quantization) return requested.value_or(Precision::kF32);
  if (requested.value_or(Precision::kInt8) == Precision::kInt8) return Precision::kInt8;
  throw Error(ErrorCode::kUsage,
              fmt::format("{}: its weights are in 8 bits, there is no {} to run; use the model it was made from",
                          folder.path().string(), to_string(*requested)));
}

// What becomes of the word embeddings alone.
TensorPlans plan_embeddings(const ModelConfig& config, const WeightFiles& files, std::optional<EmbeddingType> type) {
  if (!type) return {};
  for (const Module& module : modules_of(config, prefix_in(files, config.family))) {
    if (module.role == Role::kWordEmbeddings) return {{module.name + ".weight", {.change = {}, .type = type}}};
  }
  return {};
}

}  // namespace

Model load_model(const ModelFolder& folder, const LoadOptions& options) {
  return load_model(folder, open_checkpoint(folder), options);
}

Model load_model(const ModelFolder& folder, Checkpoint checkpoint, const LoadOptions& options) {
  IsaDecision isa = decide_isa(options.isa);
  auto& [config, files] = checkpoint;
  const Precision precision = decide_precision(folder, config, options.precision);
  BlasDecision blas = decide_blas(options.blas, precision);
  const bool quantise = precision == Precision::kInt8 && !config.quantization;
  LoadedWeights loaded =
      quantise ? load_planned(config, files, plan_int8(config, files, options.embeddings), *isa.table)
               : load_weights(config, files,
                              {.plans = plan_embeddings(config, files, options.embeddings), .blas = blas.blas});
  folder.check_unchanged();
  return make_model({.config = std::move(config),
                     .isa = std::move(isa),
                     .blas = std::move(blas),
                     .precision = precision,
                     .weights = std::move(loaded.weights),
                     .file_bytes = files.total_bytes()});
}

}  // namespace fbert
