#include "engine/encoder.h"

#include <algorithm>
#include <cstring>
#include <initializer_list>
#include <utility>

namespace fbert {
namespace {

constexpr size_t kRowBlock = kernels::kRowBlock;

const Linear* if_int8(const Linear& linear) { return linear.precision == Precision::kInt8 ? &linear : nullptr; }

// The product of the layer's first step that reads quantised rows, if any. All that do read the same.
const Linear* int8_reader(const LayerWeights& layer) {
  for (const Linear* linear : {&layer.query, &layer.key, &layer.value}) {
    if (if_int8(*linear) != nullptr) return linear;
  }
  return nullptr;
}

// This worker's share of `rows`, in whole row blocks: [first, last). No two workers write to one cache line of the
// quantised rows.
std::pair<size_t, size_t> share_rows(size_t rows, const Worker& worker) {
  const auto [first, last] = worker.share((rows + kRowBlock - 1) / kRowBlock);
  return {first * kRowBlock, std::min(last * kRowBlock, rows)};
}

// The rows of the residual stream, and where their quantised form goes.
Activations stream(Workspace& w, float* hidden, size_t hidden_size, size_t rows) {
  return {hidden, hidden_size, rows, w.quantized, w.quantized_rows};
}

// hidden = LayerNorm(word + position + type embeddings), token by token, and quantised for `reader`, if any.
void embed(const ForwardPass& pass, const Linear* reader, const Worker& worker) noexcept {
  const EmbeddingWeights& weights = pass.weights.embeddings;
  const auto hidden_size = static_cast<size_t>(pass.config.hidden_size);
  const auto ids = pass.batch.token_ids();
  const auto types = pass.batch.type_ids();
  const auto starts = pass.batch.cu_seqlens();
  const auto row = [&](const float* table, int32_t index) { return table + static_cast<size_t>(index) * hidden_size; };

  const auto [first, last] = share_rows(ids.size(), worker);
  size_t sequence = 0;
  for (size_t token = first; token < last; ++token) {
    while (static_cast<size_t>(starts[sequence + 1]) <= token) ++sequence;
    const int32_t position = static_cast<int32_t>(token) - starts[sequence];
    float* sum = pass.workspace.hidden + token * hidden_size;
    const float* word = weights.word.row(static_cast<size_t>(ids[token]), hidden_size, pass.kernels, sum);
    pass.kernels.add(word, row(weights.position, position),
                     weights.type != nullptr ? row(weights.type, types[token]) : nullptr, sum, hidden_size);
  }
  if (first < last) {
    float* own = pass.workspace.hidden + first * hidden_size;
    pass.kernels.add_layer_norm(own, hidden_size, nullptr, 0, weights.norm.gamma, weights.norm.beta,
                                pass.config.layer_norm_eps, own, hidden_size, last - first, hidden_size);
    if (reader != nullptr) {
      quantize_rows(stream(pass.workspace, pass.workspace.hidden, hidden_size, ids.size()), *reader, first, last,
                    pass.kernels);
    }
  }
  pass.finish(Step::kEmbedding, worker);
}

// hidden = LayerNorm(projected + hidden), for `rows` rows, and quantised for `reader`, if any, while they are in the
// first cache.
void add_and_normalise(const ForwardPass& pass, const LayerNormWeights& norm, float* hidden, size_t rows,
                       const Linear* reader, const Worker& worker) noexcept {
  const auto hidden_size = static_cast<size_t>(pass.config.hidden_size);
  const auto [first, last] = share_rows(rows, worker);
  for (size_t row = first; row < last; row += kRowBlock) {
    const size_t count = std::min(kRowBlock, last - row);
    float* own = hidden + row * hidden_size;
    pass.kernels.add_layer_norm(pass.workspace.projected + row * hidden_size, hidden_size, own, hidden_size, norm.gamma,
                                norm.beta, pass.config.layer_norm_eps, own, hidden_size, count, hidden_size);
    if (reader != nullptr) {
      quantize_rows(stream(pass.workspace, hidden, hidden_size, rows), *reader, row, row + count, pass.kernels);
    }
  }
  pass.finish(Step::kOther, worker);
}

// Quantises all rows for `reader`, if any.
void quantize(const ForwardPass& pass, const Activations& x, const Linear* reader, const Worker& worker) noexcept {
  if (reader == nullptr) return;
  const auto [first, last] = share_rows(x.rows, worker);
  if (first < last) quantize_rows(x, *reader, first, last, pass.kernels);
  pass.finish(Step::kOther, worker);
}

// Copies the first row of each sequence from (tokens, hidden_size) to (sequences, hidden_size).
void gather_first(const ForwardPass& pass, const Worker& worker) noexcept {
  const auto hidden_size = static_cast<size_t>(pass.config.hidden_size);
  const auto starts = pass.batch.cu_seqlens();
  const auto [first, last] = worker.share(starts.size() - 1);
  for (size_t i = first; i < last; ++i) {
    std::memcpy(pass.workspace.first + i * hidden_size,
                pass.workspace.hidden + static_cast<size_t>(starts[i]) * hidden_size, hidden_size * sizeof(float));
  }
  pass.finish(Step::kOther, worker);
}

// y = linear(x), alone. `next` and `later`: see run_linear() and LinearJob.
void project(const ForwardPass& pass, const Linear& linear, const Activations& x, float* y, const Worker& worker,
             std::initializer_list<const Linear*> next, const Linear* later,
             Epilogue epilogue = Epilogue::kBias) noexcept {
  run_linear({{&linear, x, y, linear.out_features, epilogue, later}}, pass.kernels, worker,
             {next.begin(), next.size()});
  pass.finish(Step::kLinear, worker);
}

// The weights of later layers that the products of a layer fetch meanwhile.
struct Later {
  const Linear* query = nullptr;
  const Linear* attention_output = nullptr;
  const Linear* intermediate = nullptr;
  const Linear* output = nullptr;
};

// The weights that single rows will be multiplied with, in the last layer and in the head: such a product waits for its
// weights and has nothing to do meanwhile. They stay in a last-level cache of two layers or more. The head's come
// beside the intermediate product, which reads as many bytes where intermediate_size is four times hidden_size, and one
// layer earlier, because there is no room beside the last layer's own.
Later later_of(const ForwardPass& pass, size_t index, Queries last_layer) noexcept {
  if (last_layer == Queries::kAll) return {};
  const ModelWeights& weights = pass.weights;
  const LayerWeights& last = weights.layers.back();
  const size_t layers_after = weights.layers.size() - 1 - index;
  switch (layers_after) {
    case 1:
      return {&last.query, &last.attention_output, &last.intermediate, &last.output};
    case 2:
      return {.intermediate = weights.head ? &weights.head->dense : nullptr};
    default:
      return {};
  }
}

// Layer `index`. The residual stream arrives quantised if the layer reads it so, and leaves as the next one reads it.
// With Queries::kFirst the output, and what it adds to, is `workspace.first`.
void run_layer(const ForwardPass& pass, size_t index, Queries which, const Later& later,
               const Worker& worker) noexcept {
  const LayerWeights& layer = pass.weights.layers[index];
  const LayerWeights* next = index + 1 < pass.weights.layers.size() ? &pass.weights.layers[index + 1] : nullptr;
  Workspace& w = pass.workspace;
  const auto hidden_size = static_cast<size_t>(pass.config.hidden_size);
  const auto intermediate_size = static_cast<size_t>(pass.config.intermediate_size);
  const auto tokens = static_cast<size_t>(pass.batch.tokens());
  const bool all = which == Queries::kAll;
  const size_t rows = all ? tokens : static_cast<size_t>(pass.batch.sequences());
  const size_t qkv_stride = 3 * hidden_size;
  float* hidden = all ? w.hidden : w.first;
  float* q = w.qkv;
  float* k = w.qkv + hidden_size;
  float* v = w.qkv + 2 * hidden_size;

  pass.show_input(index, LinearInput::kAttention, {w.hidden, tokens * hidden_size}, worker);
  const Activations keys = stream(w, w.hidden, hidden_size, tokens);
  const Activations queries =
      all ? keys : Activations{w.first, hidden_size, rows, w.first_quantized, w.first_quantized_rows};
  if (!all) {
    gather_first(pass, worker);
    quantize(pass, queries, if_int8(layer.query), worker);
  }
  const Linear* after_attention[] = {&layer.attention_output};
  run_linear({{&layer.query, queries, q, qkv_stride, Epilogue::kBias, later.query},
              {&layer.key, keys, k, qkv_stride},
              {&layer.value, keys, v, qkv_stride}},
             pass.kernels, worker, after_attention);
  pass.finish(Step::kLinear, worker);

  const AttentionShape shape{static_cast<size_t>(pass.config.num_attention_heads),
                             static_cast<size_t>(pass.config.head_size())};
  run_attention(
      {layer.key.precision, shape, which, q, qkv_stride, k, v, qkv_stride, pass.batch.cu_seqlens(), w.context},
      w.scratch + static_cast<size_t>(worker.id) * w.scratch_stride, pass.kernels, worker);
  pass.finish(Step::kAttention, worker);

  // The quantised form of a product's input is used up before the next is made.
  pass.show_input(index, LinearInput::kAttentionOutput, {w.context, rows * hidden_size}, worker);
  const Activations context{w.context, hidden_size, rows, w.quantized, w.quantized_rows};
  quantize(pass, context, if_int8(layer.attention_output), worker);
  project(pass, layer.attention_output, context, w.projected, worker, {&layer.intermediate}, later.attention_output);
  add_and_normalise(pass, layer.attention_norm, hidden, rows, if_int8(layer.intermediate), worker);
  pass.show_input(index, LinearInput::kIntermediate, {hidden, rows * hidden_size}, worker);
  project(pass, layer.intermediate, stream(w, hidden, hidden_size, rows), w.intermediate, worker, {&layer.output},
          later.intermediate, epilogue_of(pass.config.hidden_act));
  pass.show_input(index, LinearInput::kOutput, {w.intermediate, rows * intermediate_size}, worker);
  const Activations intermediate{w.intermediate, intermediate_size, rows, w.quantized, w.quantized_rows};
  quantize(pass, intermediate, if_int8(layer.output), worker);
  if (next != nullptr) {
    project(pass, layer.output, intermediate, w.projected, worker, {&next->query, &next->key, &next->value},
            later.output);
  } else {
    project(pass, layer.output, intermediate, w.projected, worker, {}, later.output);
  }
  add_and_normalise(pass, layer.output_norm, hidden, rows, next != nullptr ? int8_reader(*next) : nullptr, worker);
}

}  // namespace

void run_encoder(const ForwardPass& pass, Queries last_layer, const Worker& worker) noexcept {
  const auto& layers = pass.weights.layers;
  const auto hidden_size = static_cast<size_t>(pass.config.hidden_size);
  const std::span<const float> hidden(pass.workspace.hidden, static_cast<size_t>(pass.batch.tokens()) * hidden_size);
  const std::span<const float> first(pass.workspace.first, static_cast<size_t>(pass.batch.sequences()) * hidden_size);

  embed(pass, int8_reader(layers.front()), worker);
  pass.finish_layer(-1, hidden, worker);
  for (size_t i = 0; i < layers.size(); ++i) {
    const bool is_last = i + 1 == layers.size();
    const Queries which = is_last ? last_layer : Queries::kAll;
    run_layer(pass, i, which, later_of(pass, i, last_layer), worker);
    pass.finish_layer(static_cast<int>(i), which == Queries::kAll ? hidden : first, worker);
  }
}

}  // namespace fbert
