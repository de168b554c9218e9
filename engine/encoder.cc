#include "engine/encoder.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "engine/linear.h"
#include "engine/prefetch.h"

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
    pass.kernels.add(word, row(weights.position.floats, position),
                     weights.type.floats != nullptr ? row(weights.type.floats, types[token]) : nullptr, sum,
                     hidden_size);
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

// y = activation(linear(x)), alone.
void project(const ForwardPass& pass, const Linear& linear, const Activations& x, float* y, const Fetch& fetch,
             const Worker& worker, Activation activation = Activation::kNone) noexcept {
  run_linear({{&linear, x, y, linear.out_features, activation, fetch.later}}, pass.kernels, worker, fetch.following());
  pass.finish(Step::kLinear, worker);
}

// What a layer computes of its output: all rows, or those of the first tokens alone, which then have a residual stream
// of their own.
struct LayerOutput {
  Queries which;
  float* hidden;  // (rows, hidden_size), the residual stream
  size_t rows;
};

// context = softmax(q k^T / sqrt(head_size)) v, for the rows of `out`. Keys and values are those of all tokens.
void attend(const ForwardPass& pass, size_t index, const LayerOutput& out, const Fetch& fetch,
            const Worker& worker) noexcept {
  const LayerWeights& layer = pass.weights.layers[index];
  Workspace& w = pass.workspace;
  const auto hidden_size = static_cast<size_t>(pass.config.hidden_size);
  const auto tokens = static_cast<size_t>(pass.batch.tokens());
  const size_t qkv_stride = 3 * hidden_size;
  float* q = w.qkv;
  float* k = w.qkv + hidden_size;
  float* v = w.qkv + 2 * hidden_size;

  pass.show_input(index, LinearInput::kAttention, {w.hidden, tokens * hidden_size}, worker);
  const Activations keys = stream(w, w.hidden, hidden_size, tokens);
  Activations queries = keys;
  if (out.which == Queries::kFirst) {
    queries = {w.first, hidden_size, out.rows, w.first_quantized, w.first_quantized_rows};
    gather_first(pass, worker);
    quantize(pass, queries, if_int8(layer.query), worker);
  }
  run_linear({{&layer.query, queries, q, qkv_stride, Activation::kNone, fetch.later},
              {&layer.key, keys, k, qkv_stride},
              {&layer.value, keys, v, qkv_stride}},
             pass.kernels, worker, fetch.following());
  pass.finish(Step::kLinear, worker);

  const AttentionShape shape{static_cast<size_t>(pass.config.num_attention_heads),
                             static_cast<size_t>(pass.config.head_size())};
  run_attention(
      {layer.key.precision, shape, out.which, q, qkv_stride, k, v, qkv_stride, pass.batch.cu_seqlens(), w.context},
      w.scratch + static_cast<size_t>(worker.id) * w.scratch_stride, pass.kernels, worker);
  pass.finish(Step::kAttention, worker);
}

// Layer `index`:
//   hidden = LayerNorm(hidden + attention_output(attention(hidden)))
//   hidden = LayerNorm(hidden + output(activation(intermediate(hidden))))
// The residual stream arrives quantised if the layer reads it so, and leaves as the next one reads it. With
// Queries::kFirst the output, and what it adds to, is `workspace.first`.
void run_layer(const ForwardPass& pass, size_t index, const LayerFetches& fetches, Queries which,
               const Worker& worker) noexcept {
  const LayerWeights& layer = pass.weights.layers[index];
  const LayerWeights* next = index + 1 < pass.weights.layers.size() ? &pass.weights.layers[index + 1] : nullptr;
  Workspace& w = pass.workspace;
  const auto hidden_size = static_cast<size_t>(pass.config.hidden_size);
  const auto intermediate_size = static_cast<size_t>(pass.config.intermediate_size);
  const LayerOutput out = which == Queries::kAll
                              ? LayerOutput{which, w.hidden, static_cast<size_t>(pass.batch.tokens())}
                              : LayerOutput{which, w.first, static_cast<size_t>(pass.batch.sequences())};
  // The quantised form of a product's input is used up before the next is made.
  const Activations hidden = stream(w, out.hidden, hidden_size, out.rows);
  const Activations context{w.context, hidden_size, out.rows, w.quantized, w.quantized_rows};
  const Activations intermediate{w.intermediate, intermediate_size, out.rows, w.quantized, w.quantized_rows};

  attend(pass, index, out, fetches.qkv, worker);

  pass.show_input(index, LinearInput::kAttentionOutput, {w.context, out.rows * hidden_size}, worker);
  quantize(pass, context, if_int8(layer.attention_output), worker);
  project(pass, layer.attention_output, context, w.projected, fetches.attention_output, worker);
  add_and_normalise(pass, layer.attention_norm, out.hidden, out.rows, if_int8(layer.intermediate), worker);

  pass.show_input(index, LinearInput::kIntermediate, {out.hidden, out.rows * hidden_size}, worker);
  project(pass, layer.intermediate, hidden, w.intermediate, fetches.intermediate, worker, pass.config.hidden_act);
  pass.show_input(index, LinearInput::kOutput, {w.intermediate, out.rows * intermediate_size}, worker);
  quantize(pass, intermediate, if_int8(layer.output), worker);
  project(pass, layer.output, intermediate, w.projected, fetches.output, worker);
  add_and_normalise(pass, layer.output_norm, out.hidden, out.rows, next != nullptr ? int8_reader(*next) : nullptr,
                    worker);
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
    run_layer(pass, i, fetches_of(pass.weights, i, last_layer), which, worker);
    pass.finish_layer(static_cast<int>(i), which == Queries::kAll ? hidden : first, worker);
  }
}

}  // namespace fbert
