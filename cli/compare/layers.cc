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
  Followed(const Classifier& classifier, const ClassifierOptions& options)
      : classifier_(classifier), context_(classifier.model(), 1), batch_(classifier.model().config()) {
    options_.max_length = classifier.max_length();
    options_.special_tokens_in_text = options.special_tokens_in_text;
    options_.strict_utf8 = options.strict_utf8;
    context_.observe({.state = this, .layer_done = [](void* self, int layer, std::span<const float> hidden) {
                        static_cast<Followed*>(self)->streams_[layer].assign(hidden.begin(), hidden.end());
                      }});
  }
  Followed(const Followed&) = delete;
  Followed& operator=(const Followed&) = delete;

  void run(const TextInput& input) {
    const Tokenizer& tokenizer = classifier_.tokenizer();
    encoding_ = input.has_pair ? tokenizer.encode_pair(input.text, input.pair, options_)
                               : tokenizer.encode(input.text, options_);
    const ModelConfig& config = classifier_.model().config();
    if (config.type_vocab_size == 0) encoding_.type_ids.clear();
    batch_.clear();
    batch_.add(encoding_.ids, encoding_.type_ids);
    std::vector<float> logits(static_cast<size_t>(config.num_labels()));
    classifier_.model().forward(batch_, context_, logits);
  }

  const Encoding& encoding() const { return encoding_; }
  const std::map<int, std::vector<float>>& streams() const { return streams_; }

 private:
  const Classifier& classifier_;
  Context context_;
  PackedBatch batch_;
  EncodeOptions options_;
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

LayerComparison compare_layers(const Classifier& first, const Variant& first_variant, const Classifier& second,
                               const Variant& second_variant, std::span<const TextInput> inputs) {
  if (!same_shape(first.model().config(), second.model().config())) {
    return {.rows = 0, .layers = {}, .reason = "the models differ in their layers or hidden size"};
  }
  Followed a(first, first_variant.options);
  Followed b(second, second_variant.options);
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
