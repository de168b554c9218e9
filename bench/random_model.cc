#include "bench/random_model.h"

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <list>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "loader/safetensors_writer.h"

namespace fbert::bench {
namespace {

constexpr int kPositions = 512;

class Writer {
 public:
  void matrix(const std::string& name, int rows, int columns) {
    add(name, {static_cast<uint64_t>(rows), static_cast<uint64_t>(columns)}, 0,
        1.7F / std::sqrt(static_cast<float>(columns)));
  }
  void linear(const std::string& name, int out_features, int in_features) {
    matrix(name + ".weight", out_features, in_features);
    add(name + ".bias", {static_cast<uint64_t>(out_features)}, 0, 0.1F);
  }
  void layer_norm(const std::string& name, int size) {
    add(name + ".weight", {static_cast<uint64_t>(size)}, 1, 0.1F);
    add(name + ".bias", {static_cast<uint64_t>(size)}, 0, 0.1F);
  }
  void write(const std::filesystem::path& path) { write_safetensors(path, std::move(sources_), {{"format", "pt"}}); }

 private:
  void add(const std::string& name, Shape shape, float mean, float spread) {
    size_t count = 1;
    for (const uint64_t dimension : shape) count *= dimension;
    std::vector<float>& values = values_.emplace_back(count);
    for (float& value : values) {
      state_ = state_ * 6364136223846793005U + 1442695040888963407U;  // Knuth's MMIX generator
      value = mean + spread * (static_cast<float>(state_ >> 40) * 0x1p-23F - 1.0F);
    }
    sources_.push_back({name, DType::kF32, std::move(shape), std::as_bytes(std::span(values))});
  }

  uint64_t state_ = 1;
  std::list<std::vector<float>> values_;  // a list: the sources point into it
  std::vector<TensorSource> sources_;
};

void write_tensors(const ModelSizes& m, const std::filesystem::path& path) {
  Writer writer;
  const bool distil = m.distilbert;
  const std::string prefix = distil ? "distilbert." : "bert.";
  const std::string embeddings = prefix + "embeddings.";
  writer.matrix(embeddings + "word_embeddings.weight", RandomModel::kVocabulary, m.hidden);
  writer.matrix(embeddings + "position_embeddings.weight", kPositions, m.hidden);
  if (!distil) writer.matrix(embeddings + "token_type_embeddings.weight", 2, m.hidden);
  writer.layer_norm(embeddings + "LayerNorm", m.hidden);
  for (int number = 0; number < m.layers; ++number) {
    const std::string layer = prefix + (distil ? "transformer" : "encoder") + fmt::format(".layer.{}.", number);
    writer.linear(layer + (distil ? "attention.q_lin" : "attention.self.query"), m.hidden, m.hidden);
    writer.linear(layer + (distil ? "attention.k_lin" : "attention.self.key"), m.hidden, m.hidden);
    writer.linear(layer + (distil ? "attention.v_lin" : "attention.self.value"), m.hidden, m.hidden);
    writer.linear(layer + (distil ? "attention.out_lin" : "attention.output.dense"), m.hidden, m.hidden);
    writer.layer_norm(layer + (distil ? "sa_layer_norm" : "attention.output.LayerNorm"), m.hidden);
    writer.linear(layer + (distil ? "ffn.lin1" : "intermediate.dense"), m.intermediate, m.hidden);
    writer.linear(layer + (distil ? "ffn.lin2" : "output.dense"), m.hidden, m.intermediate);
    writer.layer_norm(layer + (distil ? "output_layer_norm" : "output.LayerNorm"), m.hidden);
  }
  writer.linear(distil ? "pre_classifier" : prefix + "pooler.dense", m.hidden, m.hidden);
  writer.linear("classifier", 2, m.hidden);
  writer.write(path);
}

std::string config(const ModelSizes& m) {
  const std::string sizes = m.distilbert
                                ? R"("dim": {}, "n_layers": {}, "n_heads": {}, "hidden_dim": {}, "activation": "gelu")"
                                : R"("hidden_size": {}, "num_hidden_layers": {}, "num_attention_heads": {}, )"
                                  R"("intermediate_size": {}, "hidden_act": "gelu", "type_vocab_size": 2)";
  return fmt::format(R"({{"architectures": ["{}ForSequenceClassification"], "model_type": "{}", "vocab_size": {}, )"
                     R"("max_position_embeddings": {}, {}}})",
                     m.distilbert ? "DistilBert" : "Bert", m.distilbert ? "distilbert" : "bert",
                     RandomModel::kVocabulary, kPositions,
                     fmt::format(fmt::runtime(sizes), m.hidden, m.layers, m.heads, m.intermediate));
}

}  // namespace

RandomModel::RandomModel(const ModelSizes& sizes) {
  std::string name = (std::filesystem::temp_directory_path() / "fbert-bench-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
  folder_ = name;
  write_tensors(sizes, folder_ / "model.safetensors");
  std::ofstream(folder_ / "config.json") << config(sizes);
}

RandomModel::~RandomModel() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

}  // namespace fbert::bench
