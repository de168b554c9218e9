#include "cli/compare/layers.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "fbert/batch.h"

namespace fbert {
namespace {

// One of the two models with the residual streams of its last forward pass.
class Followed {
 public:
  explicit Followed(const Classifier& classifier)
      : classifier_(classifier), context_(classifier.model(), 1), batch_(classifier.model().config()) {
    context_.observe({.state = this, .layer_done = [](void* self, int layer, std::span<const float> hidden) {
                        static_cast<Followed*>(self)->streams_[layer].assign(hidden.begin(), hidden.end());
                      }});
  }
  Followed(const Followed&) = delete;
  Followed& operator=(const Followed&) = delete;

  void run(const TextInput& input) {
    encoding_ = classifier_.encode(input);
    batch_.clear();
    batch_.add(encoding_.ids, encoding_.type_ids);
    std::vector<float> logits(static_cast<size_t>(classifier_.model().config().num_labels()));
    classifier_.model().forward(batch_, context_, logits);
  }

  const Encoding& encoding() const { return encoding_; }
  const std::map<int, std::vector<float>>& streams() const { return streams_; }

 private:
  const Classifier& classifier_;
  Context context_;
  PackedBatch batch_;
  Encoding encoding_;
  std::map<int, std::vector<float>> streams_;  // by layer
};

void add(LayerNoise& sum, std::span<const float> x, std::span<const float> y) {
  for (size_t i = 0; i < x.size(); ++i) {
    const auto value = static_cast<double>(x[i]);
    const double difference = value - static_cast<double>(y[i]);
    sum.signal += value * value;
    sum.noise += difference * difference;
  }
}

bool same_shape(const ModelConfig& a, const ModelConfig& b) {
  return a.num_hidden_layers == b.num_hidden_layers && a.hidden_size == b.hidden_size;
}

}  // namespace

double LayerNoise::decibels() const {
  return noise > 0 ? 10 * std::log10(signal / noise) : std::numeric_limits<double>::infinity();
}

LayerComparison compare_layers(const Classifier& first, const Classifier& second, std::span<const TextInput> inputs) {
  if (!same_shape(first.model().config(), second.model().config())) {
    return {.rows = 0, .layers = {}, .reason = "the models differ in their layers or hidden size"};
  }
  Followed a(first);
  Followed b(second);
  std::map<int, LayerNoise> noise;
  for (const TextInput& input : inputs) {
    a.run(input);
    b.run(input);
    if (a.encoding().ids != b.encoding().ids) {
      return {.rows = 0, .layers = {}, .reason = "the tokenizers of the models differ"};
    }
    for (const auto& [layer, x] : a.streams()) add(noise[layer], x, b.streams().at(layer));
  }
  LayerComparison result{.rows = inputs.size(), .layers = {}, .reason = ""};
  for (auto& [layer, sum] : noise) {
    sum.layer = layer;
    result.layers.push_back(sum);
  }
  return result;
}

}  // namespace fbert
