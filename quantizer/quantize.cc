#include "fbert/quantize.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "engine/load_tasks.h"
#include "engine/quantized_folder.h"
#include "engine/tensor_names.h"
#include "engine/weights.h"
#include "fbert/config.h"
#include "fbert/error.h"
#include "fbert/model.h"
#include "kernels/kernels.h"
#include "loader/atomic_file.h"
#include "loader/input_file.h"
#include "loader/output_folder.h"
#include "loader/safetensors_writer.h"
#include "loader/sha256.h"
#include "quantizer/weight_conversion.h"

namespace fbert {
namespace {

namespace fs = std::filesystem;

constexpr const char* kWeightFile = "model.safetensors";
constexpr const char* kConfigFile = "config.json";
// What is copied as it is where the source has it.
constexpr std::array kCopied = {"tokenizer.json",
                                "vocab.txt",
                                "tokenizer_config.json",
                                "special_tokens_map.json",
                                "added_tokens.json",
                                "README.md",
                                "LICENSE",
                                "LICENSE.md",
                                "LICENSE.txt"};
constexpr size_t kMostCopiedBytes = size_t{1} << 28;

[[noreturn]] void fail_usage(const std::string& problem) { throw Error(ErrorCode::kUsage, problem); }

// About an option; see OptionError.
[[noreturn]] void fail_usage(const std::string& before, const char* option, const std::string& after) {
  throw OptionError(ErrorCode::kUsage, before, option, after);
}

// '*' stands for any characters, '?' for one.
bool matches(std::string_view pattern, std::string_view name) {
  size_t p = 0, n = 0;
  size_t star = std::string_view::npos, resume = 0;  // the last '*', and where the name goes on behind it
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = n;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == name[n])) {
      ++p, ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

std::set<std::string> kept_linears(const std::vector<LinearName>& linears, const std::vector<std::string>& patterns) {
  std::set<std::string> kept;
  for (const std::string& pattern : patterns) {
    bool found = false;
    for (const LinearName& linear : linears) {
      if (!matches(pattern, linear.name)) continue;
      found = true;
      kept.insert(linear.name);
    }
    if (!found) {
      fail_usage("", "keep",
                 fmt::format(": {} matches none of the {} linear layers of the encoder, such as {}", escaped(pattern),
                             linears.size(), escaped(linears.front().name)));
    }
  }
  if (kept.size() == linears.size()) fail_usage("", "keep", ": the patterns leave no linear layer to quantise");
  return kept;
}

// Throws unless quantising into `output` leaves the source, and what is not fbert's, alone.
void check_output(const fs::path& source, const fs::path& output, bool force) {
  if (output.empty()) fail_usage("", "output", ": is empty");
  std::error_code error;
  const fs::path from = fs::canonical(source, error);
  const fs::path to = fs::weakly_canonical(fs::absolute(output, error), error);
  const auto [end, unused] = std::mismatch(from.begin(), from.end(), to.begin(), to.end());
  if (end == from.end()) {
    fail_usage(
        fmt::format("{}: lies in the folder of the model that is quantised, {}", output.string(), source.string()));
  }
  if (!force && is_there(output)) {
    fail_usage(output.string() + ": exists already; ", "force", " replaces a folder that fbert quantize has written");
  }
  if (!force || !fs::is_directory(output, error) || fs::is_empty(output, error)) return;

  std::set<std::string> own(kCopied.begin(), kCopied.end());
  own.insert({kWeightFile, kConfigFile, kRecordFile});
  for (const fs::directory_entry& entry : fs::directory_iterator(output, error)) {
    const std::string name = entry.path().filename().string();
    if (own.count(name) != 0 && entry.is_regular_file(error)) continue;
    fail_usage(fmt::format("{}: holds {}, which fbert quantize has not written: it is not replaced", output.string(),
                           escaped(name)));
  }
  if (is_there(output / kRecordFile)) return;
  fail_usage(fmt::format("{}: has no {}: only a folder that fbert quantize has written is replaced", output.string(),
                         kRecordFile));
}

// config.json of the source with the key quantization_config, other keys as and where they were.
std::string config_with(const fs::path& source, const nlohmann::ordered_json& quantization) {
  auto config = nlohmann::ordered_json::parse(read_file(source / kConfigFile, kMostCopiedBytes));
  config.erase("quantization_config");  // null
  config["quantization_config"] = quantization;
  return config.dump(2) + '\n';
}

// What becomes of the tensors of a model.
struct Plan {
  std::map<std::string, EmbeddingType> conversions;  // tensors that change their type; the others are copied
  std::map<std::string, Rotation> rotations;         // weights and biases that are rotated
  size_t head_size = 1;
  std::vector<std::string> kept;    // linear layers of the encoder that stay in floats
  std::vector<std::string> ignore;  // all that stays in floats, for quantization_config
};

Plan make_plan(const ModelConfig& config, const WeightFiles& files, const QuantizeOptions& options) {
  const TensorNames& names = tensor_names(config.family);
  const std::string prefix = prefix_in(files, names);
  const std::vector<LinearName> linears = encoder_linears(config, prefix);
  const std::set<std::string> kept = kept_linears(linears, options.keep);
  Plan plan;
  for (const LinearName& linear : linears) {
    if (kept.count(linear.name) != 0) {
      plan.kept.push_back(linear.name);
    } else {
      plan.conversions.emplace(linear.name + ".weight", EmbeddingType::kInt8);
    }
  }
  plan.head_size = static_cast<size_t>(config.head_size());
  for (int layer = 0; layer < config.num_hidden_layers; ++layer) {
    const std::string value = prefix + in_layer(names.value, layer);
    const std::string output = prefix + in_layer(names.attention_output, layer);
    if (kept.count(value) + kept.count(output) > 0) continue;
    plan.rotations.emplace(value + ".weight", Rotation::kOutputFeatures);
    plan.rotations.emplace(value + ".bias", Rotation::kOutputFeatures);
    plan.rotations.emplace(output + ".weight", Rotation::kInputFeatures);
  }
  if (options.embeddings) plan.conversions.emplace(prefix + names.word_embeddings + ".weight", *options.embeddings);
  plan.ignore = plan.kept;
  for (const LinearName& linear : head_linears(config, prefix)) plan.ignore.push_back(linear.name);
  if (options.embeddings == EmbeddingType::kInt8) {
    plan.ignore.push_back(prefix + names.position_embeddings);
    if (names.type_embeddings != nullptr) plan.ignore.push_back(prefix + names.type_embeddings);
  }
  return plan;
}

// For tensors that were checked. Hashes first: each is one long task, which the others fill up around.
void describe(const Plan& plan, const WeightFiles& files, WeightConversion& conversion,
              std::vector<std::string>& hashes) {
  for (size_t i = 0; i < hashes.size(); ++i) {
    conversion.also([&file = files.files()[i], &hash = hashes[i]] {
      hash = sha256_of_file(file.source());
      return file.file_size();
    });
  }
  for (const SafeTensors& file : files.files()) {
    for (const TensorInfo& info : file.tensors()) {
      if (is_of_centring(info.name)) {
        throw Error(ErrorCode::kData,
                    fmt::format("{}: tensor {}: has a name of quantised folders, but the model is in floats",
                                file.source(), escaped(info.name)));
      }
      const auto converted = plan.conversions.find(info.name);
      const auto rotated = plan.rotations.find(info.name);
      const Rotation rotation = rotated == plan.rotations.end() ? Rotation::kNone : rotated->second;
      if (converted != plan.conversions.end()) {
        conversion.convert(file, info, converted->second, rotation, plan.head_size);
      } else if (rotation != Rotation::kNone) {
        conversion.rotate(file, info, plan.head_size);
      } else {
        conversion.copy(file, info);
      }
    }
  }
}

// Loads the model as the folder will have it, for the means of what its layers read; which checks all tensors.
void add_centring(const ModelConfig& config, const WeightFiles& files, const WeightOptions& options,
                  const kernels::KernelTable& kernels, WeightConversion& conversion) {
  const ModelWeights weights = load_weights(config, files, options, kernels);
  std::set<std::string> sources;
  for (const auto& [module, source, linear] : weights.centred) {
    conversion.add(module + kCentredBias, {linear.bias, linear.bias + linear.out_features});
    if (!sources.insert(source).second) continue;
    conversion.add(source + kInputMean, {linear.input_mean, linear.input_mean + linear.in_features});
  }
}

}  // namespace

QuantizeResult quantize_model(const fs::path& source, const fs::path& output, const QuantizeOptions& options) {
  const kernels::KernelTable& kernels = *decide_isa(options.isa).table;
  const ModelConfig config = load_config(source);
  if (config.quantization) {
    throw Error(ErrorCode::kData,
                fmt::format("{}: is quantised already (key 'quantization_config'); quantise the model "
                            "it was made from",
                            (source / kConfigFile).string()));
  }
  check_output(source, output, options.force);
  const WeightFiles files = WeightFiles::open(source);
  const Plan plan = make_plan(config, files, options);

  OutputFolder folder(output, options.force);
  const uint64_t work = 2 * files.total_bytes();  // hashed, and converted
  WeightConversion conversion(files, [&](uint64_t done) {
    if (options.progress) options.progress(std::min(done, work), work);
  });
  const WeightOptions as_written{
      .precision = Precision::kInt8, .embeddings = options.embeddings, .kept = {plan.kept.begin(), plan.kept.end()}};
  add_centring(config, files, as_written, kernels, conversion);
  std::vector<std::string> hashes(files.files().size());
  describe(plan, files, conversion, hashes);
  conversion.run(loader_threads());

  QuantizationRecord record{FBERT_VERSION, options.embeddings, options.keep, {}};
  for (size_t i = 0; i < hashes.size(); ++i) {
    record.source_sha256[fs::path(files.files()[i].source()).filename().string()] = hashes[i];
  }
  const bool int8_embeddings = options.embeddings == EmbeddingType::kInt8;
  write_safetensors(folder.temporary() / kWeightFile, conversion.tensors(), to_metadata(record));
  replace_file(folder.temporary() / kConfigFile,
               config_with(source, quantization_config(int8_embeddings, plan.ignore)));
  replace_file(folder.temporary() / kRecordFile, to_json(record));
  for (const char* name : kCopied) {
    if (is_there(source / name)) replace_file(folder.temporary() / name, read_file(source / name, kMostCopiedBytes));
  }
  const uint64_t output_bytes = fs::file_size(folder.temporary() / kWeightFile);
  folder.commit();
  return {.quantized = plan.conversions.size() - (options.embeddings ? 1 : 0),
          .kept = plan.kept,
          .source_bytes = files.total_bytes(),
          .output_bytes = output_bytes};
}

}  // namespace fbert
