#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/arena.h"
#include "engine/embedding_table.h"
#include "engine/load_tasks.h"
#include "engine/pack.h"
#include "engine/quantization_config.h"
#include "engine/weight_matrix.h"
#include "fbert/observer.h"
#include "loader/weight_files.h"

namespace fbert {

struct LayerNormWeights {
  const float* gamma = nullptr;  // (hidden_size)
  const float* beta = nullptr;   // (hidden_size)
};

// What a linear layer of the encoder reads. `module` is the layer by whose name a file keeps its mean: layers that read
// the same share it.
struct LinearSource {
  std::string module;
  int layer;
  LinearInput input;
};

// A layer that is quantised here, whose inputs are not centred yet (centring.h).
struct UncentredLinear {
  std::string module;
  LinearSource source;
  std::shared_ptr<const WeightMatrix> weight;
  LinearPacker packer;
};

// Finds tensors, checks them against each other and against what the config says of them, takes their room from the
// arena, and leaves reading and packing to tasks. Tensors that are missing are gathered, so that one message can name
// them all.
class WeightReader {
 public:
  // `precision`: of the linear layers that a file in floats has; those of `kept` get Precision::kExact where it is
  // kInt8. What a quantised file keeps in floats was kept for a reason, and stays Precision::kF32.
  WeightReader(const WeightFiles& files, const std::optional<QuantizationConfig>& quantization, Precision precision,
               const std::set<std::string>& kept, Arena& arena, LoadTasks& tasks);

  // A table in floats, whatever the file has.
  const float* table(const std::string& module, size_t rows, size_t columns);
  // A table as the file has it (BF16 as floats), or in the type asked for.
  EmbeddingTable table(const std::string& module, size_t rows, size_t columns, std::optional<EmbeddingType> type);
  // Parameters may have the old names gamma and beta.
  LayerNormWeights layer_norm(const std::string& module, size_t size);
  // A layer of the encoder: kInt8 where the file has it in 8 bits, else in the precision of floats.
  Linear linear(const std::string& module, size_t out_features, size_t in_features, const LinearSource& source);
  // The two layers around the values of attention, which are rotated (rotation.h) where both are quantised here.
  // `source` is that of the first; the inputs of the second are not centred.
  struct ValuePath {
    Linear value, output;
  };
  ValuePath value_path(const std::string& value, const std::string& output, const LinearSource& source,
                       size_t hidden_size, size_t head_size);
  // A layer in Precision::kExact, whatever the file has.
  Linear exact_linear(const std::string& module, size_t out_features, size_t in_features);

  // The layers whose inputs have to be centred when all tasks are done.
  const std::vector<UncentredLinear>& uncentred() const { return uncentred_; }

  void throw_if_missing() const;
  // For means and centred biases of a quantised file that no layer reads.
  void throw_if_unread() const;
  std::string dtype() const;  // of what was read: "F32", "F16", "BF16" or "mixed"

 private:
  using Matrix = std::shared_ptr<WeightMatrix>;

  WeightFiles::Found find_or_note(const std::string& name);
  WeightFiles::Found find_renamed(const std::string& name, const std::string& old_name);
  Matrix matrix(const std::string& module, size_t rows, size_t columns, bool should_be_int8);
  float* vector(const WeightFiles::Found& found, size_t size, float* values, size_t rotated_head = 0);
  Precision precision_of(const std::string& module, const Matrix& matrix) const;
  WeightFiles::Found find_mean(const std::string& module, const std::string& owner, const Matrix& matrix);
  void read_mean(const WeightFiles::Found& found, std::span<float> values);
  Linear pack(const std::string& module, const Matrix& matrix, Precision precision, const LinearSource* source,
              size_t rotated_head = 0);

  const WeightFiles& files_;
  bool quantized_;
  bool quantized_embeddings_;
  Precision of_floats_;
  const std::set<std::string>& kept_;
  std::optional<IgnoreList> ignore_;
  Arena& arena_;
  LoadTasks& tasks_;
  std::vector<std::string> missing_;
  std::set<std::string> centring_;  // tensors of centred layers that were found
  std::set<DType> dtypes_;
  std::vector<UncentredLinear> uncentred_;
};

}  // namespace fbert
