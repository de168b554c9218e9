#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/arena.h"
#include "engine/load_tasks.h"
#include "engine/module_schemes.h"
#include "engine/modules.h"
#include "engine/pack.h"
#include "engine/tensor_plan.h"
#include "engine/weight_matrix.h"
#include "engine/weights.h"
#include "loader/weight_files.h"

namespace fbert {

// A linear layer of the encoder whose weights became 8 bits on the way, for a quantiser that goes on with it: what the
// packer points to, its bias and the mean of its inputs, may still be written.
struct ConvertedLinear {
  Module module;
  std::shared_ptr<const WeightMatrix> weight;
  LinearPacker packer;
};

// Finds the tensors of modules, checks them against each other and against what the config says of them, takes their
// room from the arena, and leaves reading and packing to tasks. Tensors that are missing are gathered, so that one
// message can name them all.
class WeightReader {
 public:
  WeightReader(const WeightFiles& files, const std::optional<QuantizationConfig>& quantization,
               const WeightOptions& options, Arena& arena, LoadTasks& tasks);

  // Word embeddings as the file has them (BF16 as floats) or as planned; the other tables in floats.
  EmbeddingTable embedding(const Module& module);
  // Parameters may have the old names gamma and beta.
  LayerNormWeights layer_norm(const Module& module);
  // kInt8 where the file or the plan has it in 8 bits. The head's are in floats, with Blas::kOwn.
  Linear linear(const Module& module);

  // The layers of the encoder that became 8 bits here.
  const std::vector<ConvertedLinear>& converted() const { return converted_; }

  void throw_if_missing() const;
  // For means and centred biases of a quantised file that no layer reads.
  void throw_if_unread() const;
  std::string dtype() const;  // of what was read: "F32", "F16", "BF16" or "mixed"

 private:
  using Matrix = std::shared_ptr<WeightMatrix>;

  WeightFiles::Found find_or_note(const std::string& name);
  WeightFiles::Found find_renamed(const std::string& name, const std::string& old_name);
  TensorPlan plan_of(const std::string& name) const;
  Matrix matrix(const Module& module);
  float* vector(const WeightFiles::Found& found, size_t size, float* values);
  Precision precision_of(const Module& module, const WeightMatrix& matrix) const;
  WeightFiles::Found find_mean(const Module& module, const Matrix& matrix);
  void read_mean(const WeightFiles::Found& found, std::span<float> values);

  const WeightFiles& files_;
  std::optional<ModuleSchemes> schemes_;  // of a quantised folder
  const WeightOptions& options_;
  Arena& arena_;
  LoadTasks& tasks_;
  std::vector<std::string> missing_;
  std::set<std::string> centring_;  // tensors of centred layers that were found
  std::set<DType> dtypes_;
  std::vector<ConvertedLinear> converted_;
};

}  // namespace fbert
