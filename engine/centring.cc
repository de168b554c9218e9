#include "engine/centring.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <random>

#include "engine/batch.h"
#include "engine/encoder.h"
#include "engine/float_mode.h"
#include "engine/load_tasks.h"
#include "engine/thread_team.h"
#include "engine/workspace.h"

namespace fbert {
namespace {

// With four times as many tokens the errors of logits are no smaller.
constexpr size_t kTexts = 8;
constexpr size_t kTokensOfText = 32;

constexpr size_t kRowsOfTask = 256;

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

// Means over the rows of each input of a layer, by LinearInput. What is not finite has none.
class InputMeans {
 public:
  explicit InputMeans(size_t layers) : means_(layers) {}

  std::span<const float> of(size_t layer, LinearInput input) const { return means_[layer][static_cast<size_t>(input)]; }

  Observer observer() {
    return {.state = this, .input_ready = [](void* state, int layer, LinearInput input, std::span<const float> rows) {
              static_cast<InputMeans*>(state)->add(static_cast<size_t>(layer), input, rows);
            }};
  }

  void reserve(const ModelConfig& config) {
    for (auto& layer : means_) {
      for (auto& mean : layer) mean.resize(static_cast<size_t>(config.hidden_size));
      layer[static_cast<size_t>(LinearInput::kOutput)].resize(static_cast<size_t>(config.intermediate_size));
    }
  }

 private:
  void add(size_t layer, LinearInput input, std::span<const float> rows) {
    std::vector<float>& mean = means_[layer][static_cast<size_t>(input)];
    const size_t width = mean.size();
    const size_t count = rows.size() / width;
    for (size_t row = 0; row < count; ++row) {
      for (size_t i = 0; i < width; ++i) mean[i] += rows[row * width + i];
    }
    for (float& value : mean) {
      value /= static_cast<float>(count);
      if (!std::isfinite(value)) value = 0;
    }
  }

  std::vector<std::array<std::vector<float>, 4>> means_;
};

InputMeans measure(const ModelConfig& config, const ModelWeights& weights, const kernels::KernelTable& kernels) {
  InputMeans means(weights.layers.size());
  means.reserve(config);
  const PackedBatch batch = random_texts(config);
  ThreadTeam team(loader_threads());
  Workspace workspace;
  workspace.reserve(config, team.members(), static_cast<size_t>(batch.tokens()), static_cast<size_t>(batch.sequences()),
                    static_cast<size_t>(batch.max_sequence()));
  const Observer observer = means.observer();
  const ForwardPass pass{config, weights, kernels, batch, workspace, &observer};
  team.run([&pass](const Worker& worker) noexcept {
    const FlushDenormals flush;
    run_encoder(pass, Queries::kAll, worker);
  });
  return means;
}

}  // namespace

void centre_inputs(const ModelConfig& config, const ModelWeights& weights, const kernels::KernelTable& kernels,
                   const std::vector<UncentredLinear>& linears) {
  if (linears.empty()) return;
  const InputMeans means = measure(config, weights, kernels);
  LoadTasks tasks;
  for (const UncentredLinear& linear : linears) {
    const std::span<const float> mean = means.of(static_cast<size_t>(linear.layer), linear.input);
    std::copy(mean.begin(), mean.end(), linear.packer.input_mean().begin());
    const std::span<float> bias = linear.packer.bias();
    for (size_t first = 0; first < bias.size(); first += kRowsOfTask) {
      const size_t count = std::min(kRowsOfTask, bias.size() - first);
      tasks.add([&weight = *linear.weight, &kernels, mean, bias, first, count](LoadScratch& scratch) {
        const std::span<const float> rows = weight.read_floats(first, count, scratch.floats);
        for (size_t i = 0; i < count; ++i) {
          bias[first + i] += kernels.dot(&rows[i * mean.size()], mean.data(), mean.size());
        }
      });
    }
  }
  tasks.run(loader_threads());
}

}  // namespace fbert
