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

// Whether floats become 8 bits here; the matrix may be missing.
bool is_quantised_here(const WeightMatrix* matrix, Precision precision) {
  return precision == Precision::kInt8 && matrix != nullptr && !matrix->is_int8();
}

}  // namespace

WeightReader::WeightReader(const WeightFiles& files, const std::optional<QuantizationConfig>& quantization,
                           Precision precision, const std::set<std::string>& kept, Arena& arena, LoadTasks& tasks)
    : files_(files),
      quantized_(quantization.has_value()),
      quantized_embeddings_(quantization && quantization->embeddings),
      of_floats_(quantized_ ? Precision::kF32 : precision),
      kept_(kept),
      arena_(arena),
      tasks_(tasks) {
  if (quantization) ignore_.emplace(*quantization);
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

// File and config have to say the same of a matrix; one without the other comes from files that were mixed up.
WeightReader::Matrix WeightReader::matrix(const std::string& module, size_t rows, size_t columns, bool should_be_int8) {
  const WeightFiles::Found found = find_or_note(module + ".weight");
  if (!found) return nullptr;
  dtypes_.insert(found.tensor->dtype);
  auto matrix = std::make_shared<WeightMatrix>(files_, found, rows, columns);
  const bool ignored = ignore_ && ignore_->contains(module);
  if (matrix->is_int8() == (should_be_int8 && !ignored)) return matrix;
  const char* type = name_of(matrix->info().dtype);
  if (!quantized_) matrix->fail(fmt::format("type {}, but config.json has no quantization_config", type));
  if (ignored) matrix->fail(fmt::format("type {}, but quantization_config.ignore in config.json names it", type));
  matrix->fail(fmt::format("type {}, which is not what quantization_config in config.json says", type));
}

float* WeightReader::vector(const WeightFiles::Found& found, size_t size, float* values, size_t rotated_head) {
  if (!found) return nullptr;
  dtypes_.insert(found.tensor->dtype);
  const TensorInfo& info = found.file->get(found.tensor->name, {size});
  tasks_.add([file = found.file, &info, values, size, rotated_head](LoadScratch&) {
    file->read_f32(info, {values, size});
    if (rotated_head > 0) rotate_output_features({values, size}, 1, rotated_head);
  });
  return values;
}

LayerNormWeights WeightReader::layer_norm(const std::string& module, size_t size) {
  return {vector(find_renamed(module + ".weight", module + ".gamma"), size, arena_.floats(size)),
          vector(find_renamed(module + ".bias", module + ".beta"), size, arena_.floats(size))};
}

Precision WeightReader::precision_of(const std::string& module, const Matrix& matrix) const {
  if (matrix != nullptr && matrix->is_int8()) return Precision::kInt8;
  return of_floats_ == Precision::kInt8 && kept_.count(module) != 0 ? Precision::kExact : of_floats_;
}

// The mean of the inputs of 8-bit weights, if the file has one: "<owner>.input_mean". The bias is then another.
WeightFiles::Found WeightReader::find_mean(const std::string& module, const std::string& owner, const Matrix& matrix) {
  if (matrix == nullptr || !matrix->is_int8()) return {};
  const WeightFiles::Found mean = files_.find(owner + kInputMean);
  if (mean) centring_.insert({owner + kInputMean, module + kCentredBias});
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

// `source`: null where inputs are not centred. `rotated_head`: the head size where the output features are rotated.
Linear WeightReader::pack(const std::string& module, const Matrix& matrix, Precision precision,
                          const LinearSource* source, size_t rotated_head) {
  const WeightFiles::Found mean = source != nullptr ? find_mean(module, source->module, matrix) : WeightFiles::Found{};
  const WeightFiles::Found bias = find_or_note(module + (mean ? kCentredBias : ".bias"));
  if (matrix == nullptr || !bias) return {};
  if (precision == Precision::kInt8 && matrix->columns() > kMostInt8Depth) {
    throw Error(ErrorCode::kUnsupported,
                fmt::format("{}: tensor {}: {} inputs, int8 is exact for at most {}", matrix->source(),
                            escaped(matrix->info().name), matrix->columns(), kMostInt8Depth));
  }
  const LinearPacker packer(matrix->rows(), matrix->columns(), precision, arena_);
  vector(bias, matrix->rows(), packer.bias().data(), rotated_head);
  if (mean) read_mean(mean, packer.input_mean());
  if (source != nullptr && is_quantised_here(matrix.get(), precision)) {
    uncentred_.push_back({module, *source, matrix, packer});
  }
  const size_t row_bytes = matrix->columns() * size_of(matrix->info().dtype);
  const size_t task_rows = rows_of_task(row_bytes, rows_of_piece(*matrix, packer));
  for_each_piece(matrix->rows(), task_rows, [&](size_t first, size_t count) {
    tasks_.add(
        [matrix, packer, first, count](LoadScratch& scratch) { pack_rows(*matrix, packer, first, count, scratch); });
  });
  return packer.linear();
}

Linear WeightReader::linear(const std::string& module, size_t out_features, size_t in_features,
                            const LinearSource& source) {
  const Matrix weight = matrix(module, out_features, in_features, quantized_);
  return pack(module, weight, precision_of(module, weight), &source);
}

WeightReader::ValuePath WeightReader::value_path(const std::string& value, const std::string& output,
                                                 const LinearSource& source, size_t hidden_size, size_t head_size) {
  const Matrix matrices[] = {matrix(value, hidden_size, hidden_size, quantized_),
                             matrix(output, hidden_size, hidden_size, quantized_)};
  const Precision precisions[] = {precision_of(value, matrices[0]), precision_of(output, matrices[1])};
  const bool rotate =
      is_quantised_here(matrices[0].get(), precisions[0]) && is_quantised_here(matrices[1].get(), precisions[1]);
  if (rotate) {
    matrices[0]->rotate(Rotation::kOutputFeatures, head_size);
    matrices[1]->rotate(Rotation::kInputFeatures, head_size);
  }
  return {pack(value, matrices[0], precisions[0], &source, rotate ? head_size : 0),
          pack(output, matrices[1], precisions[1], nullptr)};
}

Linear WeightReader::exact_linear(const std::string& module, size_t out_features, size_t in_features) {
  return pack(module, matrix(module, out_features, in_features, quantized_), Precision::kExact, nullptr);
}

const float* WeightReader::table(const std::string& module, size_t rows, size_t columns) {
  return table(module, rows, columns, EmbeddingType::kF32).floats;
}

EmbeddingTable WeightReader::table(const std::string& module, size_t rows, size_t columns,
                                   std::optional<EmbeddingType> type) {
  const Matrix matrix = this->matrix(module, rows, columns, quantized_embeddings_);
  if (matrix == nullptr) return {};
  const DType stored = matrix->info().dtype;
  const EmbeddingType as_stored = stored == DType::kI8    ? EmbeddingType::kInt8
                                  : stored == DType::kF16 ? EmbeddingType::kF16
                                                          : EmbeddingType::kF32;
  EmbeddingTable table{.type = type.value_or(as_stored)};
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
  if (!quantized_) return;
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
  throw Error(ErrorCode::kData, fmt::format("{}: {} of the model's tensors {} missing: {}", files_.source(),
                                            missing_.size(), missing_.size() == 1 ? "is" : "are", list));
}

std::string WeightReader::dtype() const { return dtypes_.size() == 1 ? name_of(*dtypes_.begin()) : "mixed"; }

}  // namespace fbert
