#include "tests/support/reference_model.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace fbert::testing {
namespace {

using Vector = std::vector<double>;
using Matrix = ReferenceModel::Matrix;

double activate(const std::string& name, double x) {
  if (name == "gelu") return 0.5 * x * (1 + std::erf(x / std::numbers::sqrt2));
  if (name == "relu") return std::max(x, 0.0);
  return 0.5 * x * (1 + std::tanh(std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x)));
}

// The tensors under one prefix, by the names of either family.
class Layer {
 public:
  Layer(const ReferenceModel& reference, std::string prefix) : reference_(reference), prefix_(std::move(prefix)) {}

  const TinyModel::Tensor& tensor(const std::string& name) const { return reference_.tensors.at(prefix_ + name); }

  Vector row(const std::string& name, int32_t index) const {
    const TinyModel::Tensor& table = tensor(name);
    const size_t width = table.shape[1];
    const auto begin = table.values.begin() + static_cast<std::ptrdiff_t>(width) * index;
    return {begin, begin + static_cast<std::ptrdiff_t>(width)};
  }

  Vector linear(const std::string& name, const Vector& x) const {
    const TinyModel::Tensor& weight = tensor(name + ".weight");
    const TinyModel::Tensor& bias = tensor(name + ".bias");
    Vector y(bias.values.begin(), bias.values.end());
    for (size_t o = 0; o < y.size(); ++o) {
      for (size_t i = 0; i < x.size(); ++i) y[o] += double{weight.values[o * x.size() + i]} * x[i];
    }
    return y;
  }

  Vector layer_norm(const std::string& name, const Vector& x) const {
    const bool old_names = reference_.model.old_layer_norm_names;
    const TinyModel::Tensor& gamma = tensor(name + (old_names ? ".gamma" : ".weight"));
    const TinyModel::Tensor& beta = tensor(name + (old_names ? ".beta" : ".bias"));
    const auto n = static_cast<double>(x.size());
    double mean = 0;
    for (const double value : x) mean += value / n;
    double variance = 0;
    for (const double value : x) variance += (value - mean) * (value - mean) / n;
    Vector y(x.size());
    for (size_t i = 0; i < x.size(); ++i) {
      y[i] = double{gamma.values[i]} * (x[i] - mean) / std::sqrt(variance + 1e-12) + double{beta.values[i]};
    }
    return y;
  }

 private:
  const ReferenceModel& reference_;
  std::string prefix_;
};

Vector sum(const Vector& a, const Vector& b) {
  Vector y(a);
  for (size_t i = 0; i < y.size(); ++i) y[i] += b[i];
  return y;
}

Vector softmax(Vector x) {
  const double top = *std::max_element(x.begin(), x.end());
  double total = 0;
  for (double& value : x) total += value = std::exp(value - top);
  for (double& value : x) value /= total;
  return x;
}

// What each token gathers from all tokens.
Matrix attention(const Matrix& q, const Matrix& k, const Matrix& v, size_t heads) {
  const size_t hidden_size = q[0].size();
  const size_t head_size = hidden_size / heads;
  Matrix context(q.size(), Vector(hidden_size));
  for (size_t head = 0; head < heads; ++head) {
    const size_t begin = head * head_size;
    for (size_t i = 0; i < q.size(); ++i) {
      Vector scores(k.size());
      for (size_t j = 0; j < k.size(); ++j) {
        for (size_t c = begin; c < begin + head_size; ++c) scores[j] += q[i][c] * k[j][c];
        scores[j] /= std::sqrt(static_cast<double>(head_size));
      }
      scores = softmax(scores);
      for (size_t j = 0; j < k.size(); ++j) {
        for (size_t c = begin; c < begin + head_size; ++c) context[i][c] += scores[j] * v[j][c];
      }
    }
  }
  return context;
}

}  // namespace

Matrix ReferenceModel::hidden_states(const std::vector<int32_t>& ids, const std::vector<int32_t>& type_ids) const {
  const bool distil = model.distilbert;
  const std::string prefix = !model.with_prefix ? "" : distil ? "distilbert." : "bert.";
  const Layer embeddings(*this, prefix + "embeddings.");
  Matrix hidden;
  for (size_t i = 0; i < ids.size(); ++i) {
    Vector x = sum(embeddings.row("word_embeddings.weight", ids[i]),
                   embeddings.row("position_embeddings.weight", static_cast<int32_t>(i)));
    if (!distil) x = sum(x, embeddings.row("token_type_embeddings.weight", type_ids[i]));
    hidden.push_back(embeddings.layer_norm("LayerNorm", x));
  }
  for (int number = 0; number < model.layers; ++number) {
    const Layer layer(*this, prefix + (distil ? "transformer" : "encoder") + ".layer." + std::to_string(number) + ".");
    Matrix q;
    Matrix k;
    Matrix v;
    for (const Vector& x : hidden) {
      q.push_back(layer.linear(distil ? "attention.q_lin" : "attention.self.query", x));
      k.push_back(layer.linear(distil ? "attention.k_lin" : "attention.self.key", x));
      v.push_back(layer.linear(distil ? "attention.v_lin" : "attention.self.value", x));
    }
    const Matrix context = attention(q, k, v, static_cast<size_t>(model.heads));
    for (size_t i = 0; i < hidden.size(); ++i) {
      Vector x = layer.linear(distil ? "attention.out_lin" : "attention.output.dense", context[i]);
      x = layer.layer_norm(distil ? "sa_layer_norm" : "attention.output.LayerNorm", sum(x, hidden[i]));
      Vector inner = layer.linear(distil ? "ffn.lin1" : "intermediate.dense", x);
      for (double& value : inner) value = activate(model.activation, value);
      const Vector outer = layer.linear(distil ? "ffn.lin2" : "output.dense", inner);
      hidden[i] = layer.layer_norm(distil ? "output_layer_norm" : "output.LayerNorm", sum(outer, x));
    }
  }
  return hidden;
}

std::vector<double> ReferenceModel::logits(const std::vector<int32_t>& ids,
                                           const std::vector<int32_t>& type_ids) const {
  const Layer head(*this, "");
  const std::string prefix = model.with_prefix ? "bert." : "";
  Vector pooled =
      head.linear(model.distilbert ? "pre_classifier" : prefix + "pooler.dense", hidden_states(ids, type_ids).front());
  for (double& value : pooled) value = model.distilbert ? std::max(value, 0.0) : std::tanh(value);
  return head.linear("classifier", pooled);
}

}  // namespace fbert::testing
