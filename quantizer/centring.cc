#include "quantizer/centring.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <random>
#include <span>

#include "engine/encoder.h"
#include "engine/load_tasks.h"
#include "engine/workspace.h"
#include "fbert/batch.h"
#include "kernels/x86/float_mode.h"

namespace fbert {
namespace {

// The errors of logits are no smaller with 16 times as many tokens.
constexpr size_t kTexts = 4;
constexpr size_t kTokensOfText = 16;

// Uniform over the vocabulary.
PackedBatch random_texts(const ModelConfig& config) {
  std::minstd_rand random;  // the standard says which numbers follow
  PackedBatch batch(config);
  const auto longest = static_cast<size_t>(config.max_position_embeddings);
  std::vector<int32_t> ids(std::min(kTokensOfText, longest));
  for (size_t text = 0; text < kTexts; ++text) {
    for (int32_t& id : ids) id = static_cast<int32_t>(random() % static_cast<uint32_t>(config.vocab_size));
    batch.add(ids);
  }
  return batch;
}

// Means over the rows that the linear layers read.
class InputMeans {
 public:
  explicit InputMeans(const ModelConfig& config) : means_(static_cast<size_t>(config.num_hidden_layers)) {
    for (auto& layer : means_) {
      for (auto& mean : layer) mean.resize(static_cast<size_t>(config.hidden_size));
      layer[static_cast<size_t>(LinearInput::kOutput)].resize(static_cast<size_t>(config.intermediate_size));
    }
  }

  std::span<const float> of(int layer, LinearInput input) const {
    return means_[static_cast<size_t>(layer)][static_cast<size_t>(input)];
  }

  Observer observer() {
    return {.state = this, .input_ready = [](void* state, int layer, LinearInput input, std::span<const float> rows) {
              auto& means = static_cast<InputMeans*>(state)->means_;
              average(rows, means[static_cast<size_t>(layer)][static_cast<size_t>(input)]);
            }};
  }

 private:
  // What is not finite counts as 0: no mean is to spoil the other features.
  static void average(std::span<const float> rows, std::span<float> mean) {
    const size_t count = rows.size() / mean.size();
    for (size_t row = 0; row < count; ++row) {
      for (size_t i = 0; i < mean.size(); ++i) mean[i] += rows[row * mean.size() + i];
    }
    for (float& value : mean) {
      value /= static_cast<float>(count);
      if (!std::isfinite(value)) value = 0;
    }
  }

  std::vector<std::array<std::vector<float>, 4>> means_;  // by layer and LinearInput
};

InputMeans measure(const ModelConfig& config, const ModelWeights& weights, const kernels::KernelTable& kernels) {
  InputMeans means(config);
  const PackedBatch batch = random_texts(config);
  const Worker alone;
  Workspace workspace;
  workspace.reserve(config, alone.count, static_cast<size_t>(batch.tokens()), static_cast<size_t>(batch.sequences()),
                    static_cast<size_t>(batch.max_sequence()));
  const Observer observer = means.observer();
  const FlushDenormals flush;
  run_encoder({config, weights, kernels, batch, workspace, &observer}, Queries::kAll, alone);
  return means;
}

}  // namespace

bool is_centred(const Module& linear) { return linear.role != Role::kAttentionOutput; }

void centre_inputs(const ModelConfig& config, LoadedWeights& loaded, const kernels::KernelTable& kernels) {
  if (loaded.converted.empty()) return;
  const InputMeans means = measure(config, loaded.weights, kernels);
  LoadTasks tasks;
  for (const ConvertedLinear& linear : loaded.converted) {
    if (!is_centred(linear.module)) continue;
    const std::span<const float> mean = means.of(linear.module.layer, input_of(linear.module.role));
    std::copy(mean.begin(), mean.end(), linear.packer.input_mean().begin());
    const std::span<float> bias = linear.packer.bias();
    const WeightMatrix& weight = *linear.weight;
    const size_t task_rows = rows_of_task(mean.size() * sizeof(float), weight.row_multiple());
    for_each_piece(bias.size(), task_rows, [&](size_t first, size_t count) {
      tasks.add([&weight, &kernels, mean, bias, first, count](LoadScratch& scratch) {
        const FlushDenormals flush;
        const std::span<const float> rows = weight.read_floats(first, count, scratch.floats);
        for (size_t i = 0; i < count; ++i) {
          bias[first + i] += kernels.dot(&rows[i * mean.size()], mean.data(), mean.size());
        }
      });
    });
  }
  tasks.run(loader_threads());
}

}  // namespace fbert
