#include "fbert/quantize.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "engine/checkpoint.h"
#include "engine/load_tasks.h"
#include "engine/quantized_folder.h"
#include "fbert/error.h"
#include "fbert/model.h"
#include "fbert/version.h"
#include "kernels/kernels.h"
#include "loader/atomic_file.h"
#include "loader/folder_files.h"
#include "loader/input_file.h"
#include "loader/json.h"
#include "loader/output_folder.h"
#include "loader/safetensors_writer.h"
#include "loader/text_file.h"
#include "quantizer/centring.h"
#include "quantizer/plan.h"
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

// Throws unless quantising into `output` leaves the source, and what is not fbert's, alone.
void check_output(const fs::path& source, const fs::path& output, bool force) {
  if (output.empty()) fail_usage("", "output", ": is empty");
  std::error_code error;
  const fs::path from = fs::canonical(source, error);
  if (error) throw Error(ErrorCode::kData, fmt::format("{}: {}", source.string(), error.message()));
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

// Files of the source by name, as they are. Throws for what cannot be a file of a tokenizer, which would only be found when
// the folder is loaded.
std::map<std::string, std::string> read_copied(const FolderFiles& source) {
  std::map<std::string, std::string> files;
  for (const char* name : kCopied) {
    if (!source.has(name)) continue;
    std::string bytes = source.read(name, kMostCopiedBytes);
    if (std::string_view(name).ends_with(".json") || std::string_view(name) == "vocab.txt") checked_text(bytes, source.path_of(name));
    files.emplace(name, std::move(bytes));
  }
  return files;
}

// config.json of the source with the key quantization_config, other keys as and where they were.
std::string config_with(const FolderFiles& source, const nlohmann::ordered_json& quantization) {
  auto config = parse_ordered_json(source.text(kConfigFile, kMostCopiedBytes), source.path_of(kConfigFile).string());
  config.erase("quantization_config");  // null
  config["quantization_config"] = quantization;
  return to_python_json(config) + '\n';
}

// For tensors that were checked. Hashes first: each is one long task, which the others fill up around.
void describe(const TensorPlans& plans, const WeightFiles& files, WeightConversion& conversion,
              std::vector<std::string>& hashes) {
  for (size_t i = 0; i < hashes.size(); ++i) {
    conversion.also([&file = files.files()[i], &hash = hashes[i]] {
      hash = file.sha256();
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
      const auto planned = plans.find(info.name);
      const TensorPlan plan = planned == plans.end() ? TensorPlan{} : planned->second;
      if (plan.type) {
        conversion.convert(file, info, *plan.type, plan.change);
      } else if (plan.change) {
        conversion.change(file, info, plan.change);
      } else {
        conversion.copy(file, info);
      }
    }
  }
}

// Loads the model as the folder will have it, for the means of what its layers read; which checks all tensors.
void add_centring(const ModelConfig& config, const WeightFiles& files, const QuantizationPlan& plan,
                  const kernels::KernelTable& kernels, WeightConversion& conversion) {
  const LoadedWeights loaded = load_planned(config, files, plan, kernels);
  std::set<std::string> owners;
  for (const auto& [module, weight, packer] : loaded.converted) {
    if (!is_centred(module)) continue;
    const Linear& linear = packer.linear();
    conversion.add(module.name + kCentredBias, {linear.bias, linear.bias + linear.out_features});
    if (!owners.insert(module.input_owner).second) continue;
    conversion.add(module.input_owner + kInputMean, {linear.input_mean, linear.input_mean + linear.in_features});
  }
}

}  // namespace

QuantizeResult quantize_model(const ModelFolder& source, const fs::path& output, const QuantizeOptions& options) {
  const kernels::KernelTable& kernels = *decide_isa(options.isa).table;
  const auto [config, files] = open_checkpoint(source);
  if (config.quantization) {
    throw Error(ErrorCode::kData,
                fmt::format("{}: is quantised already (key 'quantization_config'); quantise the model "
                            "it was made from",
                            (source.path() / kConfigFile).string()));
  }
  check_output(source.path(), output, options.force);
  const QuantizationPlan plan = plan_int8(config, files, options.embeddings, options.keep);

  const std::map<std::string, std::string> copied = read_copied(source.files());
  OutputFolder folder(output, options.force);
  const uint64_t work = 2 * files.total_bytes();  // hashed, and converted
  WeightConversion conversion(files, [&](uint64_t done) {
    if (options.progress) options.progress(std::min(done, work), work);
  });
  add_centring(config, files, plan, kernels, conversion);
  std::vector<std::string> hashes(files.files().size());
  describe(plan.tensors, files, conversion, hashes);
  conversion.run(loader_threads());

  QuantizationRecord record{version(), options.embeddings, options.keep, {}};
  for (size_t i = 0; i < hashes.size(); ++i) {
    record.source_sha256[fs::path(files.files()[i].source()).filename().string()] = hashes[i];
  }
  const bool int8_embeddings = options.embeddings == EmbeddingType::kInt8;
  write_safetensors(folder.temporary() / kWeightFile, conversion.tensors(), to_metadata(record));
  replace_file(folder.temporary() / kConfigFile,
               config_with(source.files(), quantization_config(int8_embeddings, plan.ignore)));
  replace_file(folder.temporary() / kRecordFile, to_json(record));
  for (const auto& [name, bytes] : copied) replace_file(folder.temporary() / name, bytes);
  source.check_unchanged();
  if (options.progress) options.progress(work, work);
  const uint64_t output_bytes = fs::file_size(folder.temporary() / kWeightFile);
  folder.commit();
  return {.quantized = plan.quantized.size(),
          .kept = plan.kept,
          .notes = config.notes,
          .source_bytes = files.total_bytes(),
          .output_bytes = output_bytes};
}

}  // namespace fbert
