#include "engine/weights.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "loader/error.h"

namespace fbert {
namespace {

// Where a family keeps what. "{}" stands for the number of the layer.
struct NameTable {
  const char* prefix;
  const char* word_embeddings;
  const char* position_embeddings;
  const char* type_embeddings;  // null: the family has none
  const char* embedding_norm;
  const char* query;
  const char* key;
  const char* value;
  const char* attention_output;
  const char* attention_norm;
  const char* intermediate;
  const char* output;
  const char* output_norm;
  const char* head_dense;
  bool head_dense_has_prefix;
  Epilogue head_activation;
};

constexpr NameTable kBertNames = {
    .prefix = "bert.",
    .word_embeddings = "embeddings.word_embeddings.weight",
    .position_embeddings = "embeddings.position_embeddings.weight",
    .type_embeddings = "embeddings.token_type_embeddings.weight",
    .embedding_norm = "embeddings.LayerNorm",
    .query = "encoder.layer.{}.attention.self.query",
    .key = "encoder.layer.{}.attention.self.key",
    .value = "encoder.layer.{}.attention.self.value",
    .attention_output = "encoder.layer.{}.attention.output.dense",
    .attention_norm = "encoder.layer.{}.attention.output.LayerNorm",
    .intermediate = "encoder.layer.{}.intermediate.dense",
    .output = "encoder.layer.{}.output.dense",
    .output_norm = "encoder.layer.{}.output.LayerNorm",
    .head_dense = "pooler.dense",
    .head_dense_has_prefix = true,
    .head_activation = Epilogue::kBiasTanh,
};

constexpr NameTable kDistilBertNames = {
    .prefix = "distilbert.",
    .word_embeddings = "embeddings.word_embeddings.weight",
    .position_embeddings = "embeddings.position_embeddings.weight",
    .type_embeddings = nullptr,
    .embedding_norm = "embeddings.LayerNorm",
    .query = "transformer.layer.{}.attention.q_lin",
    .key = "transformer.layer.{}.attention.k_lin",
    .value = "transformer.layer.{}.attention.v_lin",
    .attention_output = "transformer.layer.{}.attention.out_lin",
    .attention_norm = "transformer.layer.{}.sa_layer_norm",
    .intermediate = "transformer.layer.{}.ffn.lin1",
    .output = "transformer.layer.{}.ffn.lin2",
    .output_norm = "transformer.layer.{}.output_layer_norm",
    .head_dense = "pre_classifier",
    .head_dense_has_prefix = false,
    .head_activation = Epilogue::kBiasRelu,
};

// Finds tensors by the names of a family, checks shapes, and copies values into the arena. Missing tensors are
// gathered, so that one message can name them all.
class WeightReader {
 public:
  WeightReader(const NameTable& names, const WeightFiles& files, Arena& arena)
      : files_(files),
        arena_(arena),
        prefix_(files.find(std::string(names.prefix) + names.word_embeddings) ? names.prefix : "") {}

  std::string prefixed(std::string_view name) const { return prefix_ + std::string(name); }

  const float* tensor(const std::string& name, const Shape& shape) { return copy(find_or_note(name), shape); }

  LayerNormWeights layer_norm(const std::string& name, uint64_t size) {
    return {copy(find_renamed(name + ".weight", name + ".gamma"), {size}),
            copy(find_renamed(name + ".bias", name + ".beta"), {size})};
  }

  Linear linear(const std::string& name, uint64_t out_features, uint64_t in_features, Precision precision) {
    const WeightFiles::Found weight = find_or_note(name + ".weight");
    const WeightFiles::Found bias = find_or_note(name + ".bias");
    if (!weight || !bias) return {};
    read(weight, {out_features, in_features}, weight_values_);
    read(bias, {out_features}, bias_values_);
    return pack_linear(weight_values_, bias_values_, precision, arena_);
  }

  void throw_if_missing() const {
    if (missing_.empty()) return;
    constexpr size_t kMostNamed = 8;
    std::string list;
    for (size_t i = 0; i < std::min(missing_.size(), kMostNamed); ++i) list += (i > 0 ? ", " : "") + missing_[i];
    if (missing_.size() > kMostNamed) list += fmt::format(" and {} more", missing_.size() - kMostNamed);
    throw Error(ErrorCode::kData, fmt::format("{}: {} of the model's tensors {} missing: {}", files_.source(),
                                              missing_.size(), missing_.size() == 1 ? "is" : "are", list));
  }

  std::string dtype() const { return dtypes_.size() == 1 ? name_of(*dtypes_.begin()) : "mixed"; }

 private:
  WeightFiles::Found find_or_note(const std::string& name) {
    const WeightFiles::Found found = files_.find(name);
    if (!found) missing_.push_back(name);
    return found;
  }

  WeightFiles::Found find_renamed(const std::string& name, const std::string& old_name) {
    const WeightFiles::Found found = files_.find(old_name);
    return found ? found : find_or_note(name);
  }

  void read(const WeightFiles::Found& found, const Shape& shape, std::vector<float>& values) {
    const TensorInfo& info = check(found, shape);
    values.resize(info.elements());
    found.file->read_f32(info, values);
  }

  const float* copy(const WeightFiles::Found& found, const Shape& shape) {
    if (!found) return nullptr;
    const TensorInfo& info = check(found, shape);
    float* values = arena_.floats(info.elements());
    found.file->read_f32(info, {values, info.elements()});
    return values;
  }

  const TensorInfo& check(const WeightFiles::Found& found, const Shape& shape) {
    dtypes_.insert(found.tensor->dtype);
    return found.file->get(found.tensor->name, shape);
  }

  const WeightFiles& files_;
  Arena& arena_;
  std::string prefix_;
  std::vector<std::string> missing_;
  std::set<DType> dtypes_;
  std::vector<float> weight_values_;  // reused from tensor to tensor
  std::vector<float> bias_values_;
};

LayerWeights read_layer(WeightReader& reader, const NameTable& names, const ModelConfig& config, int layer,
                        Precision precision) {
  const auto hidden = static_cast<uint64_t>(config.hidden_size);
  const auto intermediate = static_cast<uint64_t>(config.intermediate_size);
  const auto name = [&](const char* pattern) { return reader.prefixed(fmt::format(fmt::runtime(pattern), layer)); };
  return {
      .query = reader.linear(name(names.query), hidden, hidden, precision),
      .key = reader.linear(name(names.key), hidden, hidden, precision),
      .value = reader.linear(name(names.value), hidden, hidden, precision),
      .attention_output = reader.linear(name(names.attention_output), hidden, hidden, precision),
      .attention_norm = reader.layer_norm(name(names.attention_norm), hidden),
      .intermediate = reader.linear(name(names.intermediate), intermediate, hidden, precision),
      .output = reader.linear(name(names.output), hidden, intermediate, precision),
      .output_norm = reader.layer_norm(name(names.output_norm), hidden),
  };
}

EmbeddingWeights read_embeddings(WeightReader& reader, const NameTable& names, const ModelConfig& config) {
  const auto hidden = static_cast<uint64_t>(config.hidden_size);
  const auto rows = [](int32_t n) { return static_cast<uint64_t>(n); };
  EmbeddingWeights embeddings;
  embeddings.word = reader.tensor(reader.prefixed(names.word_embeddings), {rows(config.vocab_size), hidden});
  embeddings.position =
      reader.tensor(reader.prefixed(names.position_embeddings), {rows(config.max_position_embeddings), hidden});
  if (names.type_embeddings != nullptr) {
    embeddings.type = reader.tensor(reader.prefixed(names.type_embeddings), {rows(config.type_vocab_size), hidden});
  }
  embeddings.norm = reader.layer_norm(reader.prefixed(names.embedding_norm), hidden);
  return embeddings;
}

// Room for every tensor of the files as floats, padded as they are packed.
size_t arena_bytes(const WeightFiles& files) {
  size_t bytes = 0;
  for (const SafeTensors& file : files.files()) {
    for (const TensorInfo& tensor : file.tensors()) {
      const uint64_t elements = tensor.elements();
      const bool is_matrix = tensor.shape.size() == 2 && elements > 0;
      bytes += is_matrix ? packed_bytes(tensor.shape[0], tensor.shape[1]) : elements * sizeof(float) + 128;
    }
  }
  return bytes;
}

}  // namespace

ModelWeights load_weights(const ModelConfig& config, const WeightFiles& files, Precision precision) {
  const NameTable& names = config.family == Family::kBert ? kBertNames : kDistilBertNames;
  ModelWeights weights{.arena = Arena(arena_bytes(files)), .embeddings = {}, .layers = {}, .head = {}, .dtype = {}};
  WeightReader reader(names, files, weights.arena);

  weights.embeddings = read_embeddings(reader, names, config);
  for (int layer = 0; layer < config.num_hidden_layers; ++layer) {
    weights.layers.push_back(read_layer(reader, names, config, layer, precision));
  }
  if (config.task == Task::kSequenceClassification) {
    const auto hidden = static_cast<uint64_t>(config.hidden_size);
    const std::string dense = names.head_dense_has_prefix ? reader.prefixed(names.head_dense) : names.head_dense;
    weights.head = HeadWeights{
        .dense = reader.linear(dense, hidden, hidden, Precision::kExact),
        .activation = names.head_activation,
        .classifier =
            reader.linear("classifier", static_cast<uint64_t>(config.num_labels()), hidden, Precision::kExact),
    };
  }
  reader.throw_if_missing();
  weights.dtype = reader.dtype();
  return weights;
}

}  // namespace fbert
