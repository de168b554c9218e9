#include "engine/encoder.h"

#include <algorithm>
#include <cstring>
#include <initializer_list>
#include <utility>

namespace fbert {
namespace {

constexpr size_t kRowBlock = kernels::kRowBlock;

bool is_int8(const Linear& linear) { return linear.precision == Precision::kInt8; }

// Whether a product of the layer's first step reads quantised rows.
bool reads_int8(const LayerWeights& layer) {
  return is_int8(layer.query) || is_int8(layer.key) || is_int8(layer.value);
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

// hidden = LayerNorm(word + position + type embeddings), token by token, and quantised if wanted.
void embed(const ForwardPass& pass, bool quantized, const Worker& worker) noexcept {
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
    if (quantized) {
      quantize_rows(stream(pass.workspace, pass.workspace.hidden, hidden_size, ids.size()), hidden_size, first, last,
                    pass.kernels);
    }
  }
  pass.finish(Step::kEmbedding, worker);
}

// hidden = LayerNorm(projected + hidden), for `rows` rows, and quantised if wanted while they are in the first cache.
void add_and_normalise(const ForwardPass& pass, const LayerNormWeights& norm, float* hidden, size_t rows,
                       bool quantized, const Worker& worker) noexcept {
  const auto hidden_size = static_cast<size_t>(pass.config.hidden_size);
  const auto [first, last] = share_rows(rows, worker);
  for (size_t row = first; row < last; row += kRowBlock) {
    const size_t count = std::min(kRowBlock, last - row);
    float* own = hidden + row * hidden_size;
    pass.kernels.add_layer_norm(pass.workspace.projected + row * hidden_size, hidden_size, own, hidden_size, norm.gamma,
                                norm.beta, pass.config.layer_norm_eps, own, hidden_size, count, hidden_size);
    if (quantized) {
      quantize_rows(stream(pass.workspace, hidden, hidden_size, rows), hidden_size, row, row + count, pass.kernels);
    }
  }
  pass.finish(Step::kOther, worker);
}

// Quantises all rows, of a width that is that of the product that reads them.
void quantize(const ForwardPass& pass, const Activations& x, size_t width, const Worker& worker) noexcept {
  const auto [first, last] = share_rows(x.rows, worker);
  if (first < last) quantize_rows(x, width, first, last, pass.kernels);
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

// y = linear(x), alone.
void project(const ForwardPass& pass, const Linear& linear, const Activations& x, float* y, const Worker& worker,
             std::initializer_list<const Linear*> next, Epilogue epilogue = Epilogue::kBias) noexcept {
  run_linear({{&linear, x, y, linear.out_features, epilogue}}, pass.kernels, worker, {next.begin(), next.size()});
  pass.finish(Step::kLinear, worker);
}

// One layer, and `next` the one after it, if any. The residual stream arrives quantised if the layer reads it so, and
// leaves as `next` reads it. With Queries::kFirst the output, and what it adds to, is `workspace.first`.
void run_layer(const ForwardPass& pass, const LayerWeights& layer, const LayerWeights* next, Queries which,
               const Worker& worker) noexcept {
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

  const Activations keys = stream(w, w.hidden, hidden_size, tokens);
  const Activations queries =
      all ? keys : Activations{w.first, hidden_size, rows, w.first_quantized, w.first_quantized_rows};
  if (!all) {
    gather_first(pass, worker);
    if (is_int8(layer.query)) quantize(pass, queries, hidden_size, worker);
  }
  const Linear* after_attention[] = {&layer.attention_output};
  run_linear(
      {{&layer.query, queries, q, qkv_stride}, {&layer.key, keys, k, qkv_stride}, {&layer.value, keys, v, qkv_stride}},
      pass.kernels, worker, after_attention);
  pass.finish(Step::kLinear, worker);

  const AttentionShape shape{static_cast<size_t>(pass.config.num_attention_heads),
                             static_cast<size_t>(pass.config.head_size())};
  run_attention(
      {layer.key.precision, shape, which, q, qkv_stride, k, v, qkv_stride, pass.batch.cu_seqlens(), w.context},
      w.scratch + static_cast<size_t>(worker.id) * w.scratch_stride, pass.kernels, worker);
  pass.finish(Step::kAttention, worker);

  // The quantised form of a product's input is used up before the next is made.
  const Activations context{w.context, hidden_size, rows, w.quantized, w.quantized_rows};
  if (is_int8(layer.attention_output)) quantize(pass, context, hidden_size, worker);
  project(pass, layer.attention_output, context, w.projected, worker, {&layer.intermediate});
  add_and_normalise(pass, layer.attention_norm, hidden, rows, is_int8(layer.intermediate), worker);
  project(pass, layer.intermediate, stream(w, hidden, hidden_size, rows), w.intermediate, worker, {&layer.output},
          epilogue_of(pass.config.hidden_act));
  const Activations intermediate{w.intermediate, intermediate_size, rows, w.quantized, w.quantized_rows};
  if (is_int8(layer.output)) quantize(pass, intermediate, intermediate_size, worker);
  if (next != nullptr) {
    project(pass, layer.output, intermediate, w.projected, worker, {&next->query, &next->key, &next->value});
  } else {
    project(pass, layer.output, intermediate, w.projected, worker, {});
  }
  add_and_normalise(pass, layer.output_norm, hidden, rows, next != nullptr && reads_int8(*next), worker);
}

}  // namespace

void run_encoder(const ForwardPass& pass, Queries last_layer, const Worker& worker) noexcept {
  const auto& layers = pass.weights.layers;
  const auto hidden_size = static_cast<size_t>(pass.config.hidden_size);
  const std::span<const float> hidden(pass.workspace.hidden, static_cast<size_t>(pass.batch.tokens()) * hidden_size);
  const std::span<const float> first(pass.workspace.first, static_cast<size_t>(pass.batch.sequences()) * hidden_size);

  embed(pass, reads_int8(layers.front()), worker);
  pass.finish_layer(-1, hidden, worker);
  for (size_t i = 0; i < layers.size(); ++i) {
    const bool is_last = i + 1 == layers.size();
    const Queries which = is_last ? last_layer : Queries::kAll;
    run_layer(pass, layers[i], is_last ? nullptr : &layers[i + 1], which, worker);
    pass.finish_layer(static_cast<int>(i), which == Queries::kAll ? hidden : first, worker);
  }
}

}  // namespace fbert
