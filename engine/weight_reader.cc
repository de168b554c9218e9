#include "engine/weight_reader.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "engine/quantized_folder.h"
#include "fbert/error.h"

namespace fbert {
namespace {

// Rows that are whole panels and that the matrix reads only once.
size_t rows_of_piece(const WeightMatrix& matrix, const LinearPacker& packer) {
  return std::lcm(packer.panel_rows(), matrix.row_multiple());
}

void pack_rows(const WeightMatrix& matrix, const LinearPacker& packer, size_t first, size_t rows,
               LoadScratch& scratch) {
  const size_t width = matrix.columns();
  for_each_piece(rows, rows_of_piece(matrix, packer), [&](size_t begin, size_t count) {
    if (packer.linear().precision == Precision::kInt8) {
      scratch.bytes.resize(count * width);
      scratch.scales.resize(count);
      matrix.read(first + begin, scratch.bytes, scratch.scales, scratch.floats);
      packer.pack(first + begin, scratch.bytes, scratch.scales);
    } else {
      scratch.floats.resize(count * width);
      matrix.read(first + begin, scratch.floats);
      packer.pack(first + begin, scratch.floats);
    }
  });
}

// "'a', 'b', 'c', ... 25 tensors", for a message.
std::string names_of(const WeightFiles& files) {
  constexpr size_t kShown = 3;
  std::string names;
  size_t count = 0;
  for (const SafeTensors& file : files.files()) {
    for (const TensorInfo& tensor : file.tensors()) {
      if (count++ < kShown) names += (names.empty() ? "" : ", ") + escaped(tensor.name);
    }
  }
  return count > kShown ? fmt::format("{}, ... {} tensors", names, count) : names;
}

}  // namespace

WeightReader::WeightReader(const WeightFiles& files, const std::optional<QuantizationConfig>& quantization,
                           const WeightOptions& options, Arena& arena, LoadTasks& tasks)
    : files_(files), options_(options), arena_(arena), tasks_(tasks) {
  if (quantization) schemes_.emplace(*quantization);
}

WeightFiles::Found WeightReader::find_or_note(const std::string& name) {
  const WeightFiles::Found found = files_.find(name);
  if (!found) missing_.push_back(name);
  return found;
}

WeightFiles::Found WeightReader::find_renamed(const std::string& name, const std::string& old_name) {
  const WeightFiles::Found found = files_.find(old_name);
  return found ? found : find_or_note(name);
}

TensorPlan WeightReader::plan_of(const std::string& name) const {
  const auto found = options_.plans.find(name);
  return found == options_.plans.end() ? TensorPlan{} : found->second;
}

// File and config have to say the same of a matrix; one without the other comes from files that were mixed up.
WeightReader::Matrix WeightReader::matrix(const Module& module) {
  const WeightFiles::Found found = find_or_note(module.name + ".weight");
  if (!found) return nullptr;
  dtypes_.insert(found.tensor->dtype);
  const RowChange change = plan_of(found.tensor->name).change;
  auto matrix = std::make_shared<WeightMatrix>(files_, found, module.rows, module.columns, change);
  if (matrix->is_int8() == (schemes_ && schemes_->of(module).weights)) return matrix;
  const char* type = name_of(matrix->info().dtype);
  if (!schemes_) matrix->fail(fmt::format("type {}, but config.json has no quantization_config", type));
  if (schemes_->ignores(module.name)) {
    matrix->fail(fmt::format("type {}, but quantization_config.ignore in config.json names it", type));
  }
  matrix->fail(fmt::format("type {}, which is not what quantization_config in config.json says", type));
}

float* WeightReader::vector(const WeightFiles::Found& found, size_t size, float* values) {
  if (!found) return nullptr;
  dtypes_.insert(found.tensor->dtype);
  const TensorInfo& info = found.file->get(found.tensor->name, {size});
  tasks_.add([file = found.file, &info, values, size, change = plan_of(info.name).change](LoadScratch&) {
    file->read_f32(info, {values, size});
    if (change) change.apply({values, size}, 1, change.head_size);
  });
  return values;
}

LayerNormWeights WeightReader::layer_norm(const Module& module) {
  const size_t size = module.columns;
  return {vector(find_renamed(module.name + ".weight", module.name + ".gamma"), size, arena_.floats(size)),
          vector(find_renamed(module.name + ".bias", module.name + ".beta"), size, arena_.floats(size))};
}

Precision WeightReader::precision_of(const Module& module, const WeightMatrix& matrix) const {
  const bool is_int8 = matrix.is_int8() || plan_of(matrix.info().name).type == EmbeddingType::kInt8;
  return module.of_encoder() && is_int8 ? Precision::kInt8 : Precision::kF32;
}

// The mean of the inputs of 8-bit weights, if the file has one: "<input_owner>.input_mean". The bias is then another.
WeightFiles::Found WeightReader::find_mean(const Module& module, const Matrix& matrix) {
  const bool is_read_centred = module.of_encoder() && module.role != Role::kAttentionOutput;
  if (!is_read_centred || matrix == nullptr || !matrix->is_int8()) return {};
  const WeightFiles::Found mean = files_.find(module.input_owner + kInputMean);
  if (mean) centring_.insert({module.input_owner + kInputMean, module.name + kCentredBias});
  return mean;
}

// Products would hide a value that is not finite.
void WeightReader::read_mean(const WeightFiles::Found& found, std::span<float> values) {
  const TensorInfo& info = found.file->get(found.tensor->name, {values.size()});
  tasks_.add([file = found.file, &info, values](LoadScratch&) {
    file->read_f32(info, values);
    const auto bad = std::find_if_not(values.begin(), values.end(), [](float value) { return std::isfinite(value); });
    if (bad == values.end()) return;
    throw Error(ErrorCode::kData, fmt::format("{}: tensor {}: value {} is {}, expected a number", file->source(),
                                              escaped(info.name), bad - values.begin(), *bad));
  });
}

Linear WeightReader::linear(const Module& module) {
  const Matrix matrix = this->matrix(module);
  const WeightFiles::Found mean = find_mean(module, matrix);
  const WeightFiles::Found bias = find_or_note(module.name + (mean ? kCentredBias : ".bias"));
  if (matrix == nullptr || !bias) return {};
  const Precision precision = precision_of(module, *matrix);
  if (precision == Precision::kInt8 && matrix->columns() > kMostInt8Depth) {
    throw Error(ErrorCode::kUnsupported,
                fmt::format("{}: tensor {}: {} inputs, int8 is exact for at most {}", matrix->source(),
                            escaped(matrix->info().name), matrix->columns(), kMostInt8Depth));
  }
  const Blas blas = module.of_encoder() ? options_.blas : Blas::kOwn;
  const LinearPacker packer(matrix->rows(), matrix->columns(), precision, blas, arena_);
  vector(bias, matrix->rows(), packer.bias().data());
  if (mean) read_mean(mean, packer.input_mean());
  if (precision == Precision::kInt8 && !matrix->is_int8()) converted_.push_back({module, matrix, packer});
  const size_t row_bytes = matrix->columns() * size_of(matrix->info().dtype);
  const size_t task_rows = rows_of_task(row_bytes, rows_of_piece(*matrix, packer));
  for_each_piece(matrix->rows(), task_rows, [&](size_t first, size_t count) {
    tasks_.add(
        [matrix, packer, first, count](LoadScratch& scratch) { pack_rows(*matrix, packer, first, count, scratch); });
  });
  return packer.linear();
}

EmbeddingTable WeightReader::embedding(const Module& module) {
  const Matrix matrix = this->matrix(module);
  if (matrix == nullptr) return {};
  const size_t rows = module.rows, columns = module.columns;
  const DType stored = matrix->info().dtype;
  EmbeddingTable table;
  if (module.role == Role::kWordEmbeddings) {
    const EmbeddingType as_stored = stored == DType::kI8    ? EmbeddingType::kInt8
                                    : stored == DType::kF16 ? EmbeddingType::kF16
                                                            : EmbeddingType::kF32;
    table.type = plan_of(matrix->info().name).type.value_or(as_stored);
  }
  const size_t size = rows * columns;
  const auto for_each_task = [&](auto work) {
    for_each_piece(rows, rows_of_task(columns * size_of(stored), 1), [&](size_t first, size_t count) {
      tasks_.add([work, first, count](LoadScratch& scratch) { work(first, count, scratch); });
    });
  };
  switch (table.type) {
    case EmbeddingType::kF32: {
      float* out = arena_.floats(size);
      table.floats = out;
      for_each_task([matrix, out, columns](size_t first, size_t count, LoadScratch&) {
        matrix->read(first, {out + first * columns, count * columns});
      });
      break;
    }
    case EmbeddingType::kF16: {
      auto* out = reinterpret_cast<uint16_t*>(arena_.bytes(size * sizeof(uint16_t)));
      table.halves = out;
      for_each_task([matrix, out, columns](size_t first, size_t count, LoadScratch& scratch) {
        matrix->read(first, {out + first * columns, count * columns}, scratch.floats);
      });
      break;
    }
    case EmbeddingType::kInt8: {
      int8_t* out = arena_.int8s(size);
      float* scales = arena_.floats(rows);
      table.bytes = out;
      table.scales = scales;
      for_each_task([matrix, out, scales, columns](size_t first, size_t count, LoadScratch& scratch) {
        matrix->read(first, {out + first * columns, count * columns}, {scales + first, count}, scratch.floats);
      });
      break;
    }
  }
  return table;
}

void WeightReader::throw_if_unread() const {
  if (!schemes_) return;
  for (const SafeTensors& file : files_.files()) {
    for (const TensorInfo& tensor : file.tensors()) {
      if (!is_of_centring(tensor.name) || centring_.count(tensor.name) != 0) continue;
      throw Error(ErrorCode::kData, fmt::format("{}: tensor {}: belongs to no layer with 8-bit weights and {}",
                                                file.source(), escaped(tensor.name), kInputMean));
    }
  }
}

void WeightReader::throw_if_missing() const {
  if (missing_.empty()) return;
  constexpr size_t kMostNamed = 8;
  std::string list;
  for (size_t i = 0; i < std::min(missing_.size(), kMostNamed); ++i) list += (i > 0 ? ", " : "") + missing_[i];
  if (missing_.size() > kMostNamed) list += fmt::format(" and {} more", missing_.size() - kMostNamed);
  // Where so many are missing, the names are of another kind.
  if (missing_.size() > kMostNamed) list += fmt::format("; there are {}", names_of(files_));
  throw Error(ErrorCode::kData, fmt::format("{}: {} of the model's tensors {} missing: {}", files_.source(),
                                            missing_.size(), missing_.size() == 1 ? "is" : "are", list));
}

std::string WeightReader::dtype() const { return dtypes_.size() == 1 ? name_of(*dtypes_.begin()) : "mixed"; }

}  // namespace fbert
