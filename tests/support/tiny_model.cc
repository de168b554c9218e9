#include "tests/support/tiny_model.h"

#include <cmath>
#include <fstream>
#include <random>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace fbert::testing {
namespace {

class Builder {
 public:
  Builder(const TinyModel& model) : model_(model), random_(model.seed) {}

  void matrix(const std::string& name, int rows, int columns) {
    add(name, {rows, columns}, 0.0F, 2.0F / std::sqrt(static_cast<float>(columns)));
  }

  void linear(const std::string& name, int out_features, int in_features) {
    matrix(name + ".weight", out_features, in_features);
    add(name + ".bias", {out_features}, 0.0F, 0.1F);
  }

  void layer_norm(const std::string& name) {
    add(name + (model_.old_layer_norm_names ? ".gamma" : ".weight"), {model_.hidden_size}, 1.0F, 0.2F);
    add(name + (model_.old_layer_norm_names ? ".beta" : ".bias"), {model_.hidden_size}, 0.0F, 0.1F);
  }

  std::map<std::string, TinyModel::Tensor> take() { return std::move(tensors_); }

 private:
  void add(const std::string& name, std::vector<int> shape, float mean, float deviation) {
    TinyModel::Tensor tensor;
    size_t count = 1;
    for (const int dimension : shape) {
      tensor.shape.push_back(static_cast<uint64_t>(dimension));
      count *= static_cast<size_t>(dimension);
    }
    // Not std::normal_distribution, whose values differ between standard libraries.
    for (size_t i = 0; i < count; ++i) {
      const float uniform = static_cast<float>(random_()) / static_cast<float>(std::mt19937::max());
      tensor.values.push_back(mean + deviation * (2.0F * uniform - 1.0F));
    }
    tensors_.emplace(name, std::move(tensor));
  }

  const TinyModel& model_;
  std::mt19937 random_;
  std::map<std::string, TinyModel::Tensor> tensors_;
};

}  // namespace

std::map<std::string, TinyModel::Tensor> TinyModel::tensors() const {
  Builder builder(*this);
  const std::string prefix = !with_prefix ? "" : distilbert ? "distilbert." : "bert.";
  builder.matrix(prefix + "embeddings.word_embeddings.weight", vocab_size, hidden_size);
  builder.matrix(prefix + "embeddings.position_embeddings.weight", positions, hidden_size);
  if (!distilbert) builder.matrix(prefix + "embeddings.token_type_embeddings.weight", 2, hidden_size);
  builder.layer_norm(prefix + "embeddings.LayerNorm");
  for (int layer = 0; layer < layers; ++layer) {
    const std::string p = prefix + (distilbert ? "transformer.layer." : "encoder.layer.") + std::to_string(layer) + ".";
    builder.linear(p + (distilbert ? "attention.q_lin" : "attention.self.query"), hidden_size, hidden_size);
    builder.linear(p + (distilbert ? "attention.k_lin" : "attention.self.key"), hidden_size, hidden_size);
    builder.linear(p + (distilbert ? "attention.v_lin" : "attention.self.value"), hidden_size, hidden_size);
    builder.linear(p + (distilbert ? "attention.out_lin" : "attention.output.dense"), hidden_size, hidden_size);
    builder.layer_norm(p + (distilbert ? "sa_layer_norm" : "attention.output.LayerNorm"));
    builder.linear(p + (distilbert ? "ffn.lin1" : "intermediate.dense"), intermediate_size, hidden_size);
    builder.linear(p + (distilbert ? "ffn.lin2" : "output.dense"), hidden_size, intermediate_size);
    builder.layer_norm(p + (distilbert ? "output_layer_norm" : "output.LayerNorm"));
  }
  if (!headless) {
    builder.linear(distilbert ? "pre_classifier" : prefix + "pooler.dense", hidden_size, hidden_size);
    builder.linear("classifier", static_cast<int>(labels.size()), hidden_size);
  }
  return builder.take();
}

std::string TinyModel::config_json() const {
  nlohmann::json config;
  const std::string stem = distilbert ? "DistilBert" : "Bert";
  config["architectures"] = {stem + (headless ? "Model" : "ForSequenceClassification")};
  config["model_type"] = distilbert ? "distilbert" : "bert";
  config["vocab_size"] = vocab_size;
  config["max_position_embeddings"] = positions;
  config[distilbert ? "dim" : "hidden_size"] = hidden_size;
  config[distilbert ? "n_layers" : "num_hidden_layers"] = layers;
  config[distilbert ? "n_heads" : "num_attention_heads"] = heads;
  config[distilbert ? "hidden_dim" : "intermediate_size"] = intermediate_size;
  config[distilbert ? "activation" : "hidden_act"] = activation;
  if (!distilbert) config["type_vocab_size"] = 2;
  if (!headless) {
    for (size_t i = 0; i < labels.size(); ++i) config["id2label"][std::to_string(i)] = labels[i];
    config["problem_type"] = problem_type;
  }
  return config.dump();
}

void TinyModel::write(const std::filesystem::path& folder) const {
  std::filesystem::create_directories(folder);
  write_text(folder / "config.json", config_json());
  write_tensors(folder / "model.safetensors", tensors());
  std::string vocabulary = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n";
  for (int id = 5; id < vocab_size; ++id) {
    vocabulary += id < 31   ? fmt::format("{}\n", static_cast<char>('a' + id - 5))
                  : id < 57 ? fmt::format("##{}\n", static_cast<char>('a' + id - 31))
                            : fmt::format("word{}\n", id);
  }
  write_text(folder / "vocab.txt", vocabulary);
  write_text(folder / "tokenizer_config.json", R"({"do_lower_case": true, "model_max_length": 48})");
}

void write_tensors(const std::filesystem::path& path, const std::map<std::string, TinyModel::Tensor>& tensors) {
  std::vector<TensorSource> sources;
  for (const auto& [name, tensor] : tensors) {
    sources.push_back({name, DType::kF32, tensor.shape, std::as_bytes(std::span(tensor.values))});
  }
  write_safetensors(path, std::move(sources), {{"format", "pt"}});
}

void write_text(const std::filesystem::path& path, std::string_view text) {
  std::ofstream(path, std::ios::binary) << text;
}

}  // namespace fbert::testing
