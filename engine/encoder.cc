#include "engine/encoder.h"

#include <cstring>
#include <initializer_list>

namespace fbert {
namespace {

// hidden = LayerNorm(word + position + type embeddings), token by token.
void embed(const ForwardPass& pass, const Worker& worker) noexcept {
  const EmbeddingWeights& weights = pass.weights.embeddings;
  const auto hidden_size = static_cast<size_t>(pass.config.hidden_size);
  const auto ids = pass.batch.token_ids();
  const auto types = pass.batch.type_ids();
  const auto starts = pass.batch.cu_seqlens();
  const auto row = [&](const float* table, int32_t index) { return table + static_cast<size_t>(index) * hidden_size; };

  const auto [first, last] = worker.share(ids.size());
  size_t sequence = 0;
  for (size_t token = first; token < last; ++token) {
    while (static_cast<size_t>(starts[sequence + 1]) <= token) ++sequence;
    const int32_t position = static_cast<int32_t>(token) - starts[sequence];
    float* sum = pass.workspace.hidden + token * hidden_size;
    const float* word = weights.word.row(static_cast<size_t>(ids[token]), hidden_size, pass.kernels, sum);
    pass.kernels.add(word, row(weights.position, position),
                     weights.type != nullptr ? row(weights.type, types[token]) : nullptr, sum, hidden_size);
  }
  float* own = pass.workspace.hidden + first * hidden_size;
  pass.kernels.add_layer_norm(own, hidden_size, nullptr, 0, weights.norm.gamma, weights.norm.beta,
                              pass.config.layer_norm_eps, own, hidden_size, last - first, hidden_size);
  worker.sync();
}

// hidden = LayerNorm(projected + hidden), for `rows` rows.
void add_and_normalise(const ForwardPass& pass, const LayerNormWeights& norm, float* hidden, size_t rows,
                       const Worker& worker) noexcept {
  const auto hidden_size = static_cast<size_t>(pass.config.hidden_size);
  const auto [first, last] = worker.share(rows);
  float* own = hidden + first * hidden_size;
  pass.kernels.add_layer_norm(pass.workspace.projected + first * hidden_size, hidden_size, own, hidden_size, norm.gamma,
                              norm.beta, pass.config.layer_norm_eps, own, hidden_size, last - first, hidden_size);
  worker.sync();
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
  worker.sync();
}

// Quantises the rows when one of the products that read them wants that.
void quantize(const ForwardPass& pass, std::initializer_list<const Linear*> readers, const Activations& x,
              const Worker& worker) noexcept {
  for (const Linear* reader : readers) {
    if (quantize_for(*reader, x, pass.kernels, worker)) return worker.sync();
  }
}

// y = linear(x), alone.
void project(const ForwardPass& pass, const Linear& linear, const Activations& x, float* y, const Worker& worker,
             Epilogue epilogue = Epilogue::kBias) noexcept {
  quantize(pass, {&linear}, x, worker);
  run_linear({{&linear, x, y, linear.out_features, epilogue}}, pass.kernels, worker);
  worker.sync();
}

// One layer. With Queries::kFirst its output, and what it adds to, is `workspace.first`.
void run_layer(const ForwardPass& pass, const LayerWeights& layer, Queries which, const Worker& worker) noexcept {
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

  const Activations keys{w.hidden, hidden_size, tokens, w.quantized, w.row_scales};
  const Activations queries = all ? keys : Activations{w.first, hidden_size, rows, w.first_quantized, w.first_scales};
  if (!all) {
    gather_first(pass, worker);
    quantize(pass, {&layer.query}, queries, worker);
    quantize(pass, {&layer.key, &layer.value}, keys, worker);
  } else {
    quantize(pass, {&layer.query, &layer.key, &layer.value}, keys, worker);
  }
  run_linear(
      {{&layer.query, queries, q, qkv_stride}, {&layer.key, keys, k, qkv_stride}, {&layer.value, keys, v, qkv_stride}},
      pass.kernels, worker);
  worker.sync();

  const AttentionShape shape{static_cast<size_t>(pass.config.num_attention_heads),
                             static_cast<size_t>(pass.config.head_size())};
  run_attention(
      {layer.key.precision, shape, which, q, qkv_stride, k, v, qkv_stride, pass.batch.cu_seqlens(), w.context},
      w.scratch + static_cast<size_t>(worker.id) * w.scratch_stride, pass.kernels, worker);
  worker.sync();

  // The quantised form of a product's input is used up before the next is made.
  const auto rows_of = [&](const float* x, size_t width) {
    return Activations{x, width, rows, w.quantized, w.row_scales};
  };
  project(pass, layer.attention_output, rows_of(w.context, hidden_size), w.projected, worker);
  add_and_normalise(pass, layer.attention_norm, hidden, rows, worker);
  project(pass, layer.intermediate, rows_of(hidden, hidden_size), w.intermediate, worker,
          epilogue_of(pass.config.hidden_act));
  project(pass, layer.output, rows_of(w.intermediate, intermediate_size), w.projected, worker);
  add_and_normalise(pass, layer.output_norm, hidden, rows, worker);
}

}  // namespace

void run_encoder(const ForwardPass& pass, Queries last_layer, const Worker& worker) noexcept {
  embed(pass, worker);
  const auto& layers = pass.weights.layers;
  for (size_t i = 0; i + 1 < layers.size(); ++i) run_layer(pass, layers[i], Queries::kAll, worker);
  run_layer(pass, layers.back(), last_layer, worker);
}

}  // namespace fbert
