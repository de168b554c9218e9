#include "loader/weight_files.h"

#include <algorithm>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "fbert/error.h"
#include "loader/folder_files.h"
#include "loader/json.h"
#include "loader/sha256.h"

namespace fbert {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSingleFile = "model.safetensors";
constexpr const char* kIndexFile = "model.safetensors.index.json";
constexpr size_t kMaxShards = 1000;
constexpr size_t kMaxIndexBytes = size_t{64} << 20;
// One value for each tensor, which is held a second time as an entry of the map of shards.
constexpr size_t kMaxIndexValues = 200'000;

[[noreturn]] void fail_weights(const fs::path& path, const std::string& problem) {
  throw Error(ErrorCode::kData, fmt::format("{}: {}", path.string(), problem));
}

[[noreturn]] void fail_without_weights(const FolderFiles& files) {
  const fs::path& folder = files.path();
  constexpr const char* kPyTorch[] = {"pytorch_model.bin", "pytorch_model.bin.index.json"};
  for (const char* name : kPyTorch) {
    if (files.has(name)) {
      fail_weights(
          folder, fmt::format("its weights are a PyTorch pickle ({}), which can run code when it is loaded; convert it "
                              "with: python3 scripts/convert_pytorch_bin.py {}",
                              name, folder.string()));
    }
  }
  fail_weights(folder, fmt::format("neither {} nor {} in it", kSingleFile, kIndexFile));
}

// A shard is a file of the model folder, never a path to elsewhere, and its name can stand in a message.
bool is_plain_file_name(const std::string& name) {
  const auto is_refused = [](char c) { return c == '/' || c == '\\' || static_cast<uint8_t>(c) < 0x20 || c == 0x7F; };
  return name.size() <= 255 && name.ends_with(".safetensors") && name[0] != '.' &&
         std::none_of(name.begin(), name.end(), is_refused);
}

using WeightMap = std::map<std::string, std::string>;  // tensor -> shard

WeightMap read_weight_map(const FolderFiles& folder) {
  const fs::path path = folder.path_of(kIndexFile);
  const Json index = load_json(folder, kIndexFile, kMaxIndexBytes, kMaxIndexValues);
  const JsonObject weight_map = JsonObject(index, path.string()).object("weight_map");
  if (weight_map.json().empty()) weight_map.fail("", "no tensors");
  WeightMap shard_of;
  for (const auto& [tensor, value] : weight_map.json().items()) {
    const std::string shard = weight_map.string(tensor);
    if (!is_plain_file_name(shard)) {
      weight_map.fail(tensor,
                      fmt::format("expected the name of a .safetensors file in the folder, found {}", escaped(shard)));
    }
    shard_of.emplace(tensor, shard);
  }
  return shard_of;
}

}  // namespace

WeightFiles WeightFiles::open(const ModelFolder& model) {
  const FolderFiles& folder = model.files();
  WeightFiles weights;
  weights.source_ = folder.path().string();
  if (folder.has(kSingleFile)) {
    weights.files_.push_back(SafeTensors::open(folder.open(kSingleFile), folder.path_of(kSingleFile)));
  } else if (folder.has(kIndexFile)) {
    weights.open_shards(folder);
  } else {
    fail_without_weights(folder);
  }
  return weights;
}

void WeightFiles::open_shards(const FolderFiles& folder) {
  const fs::path index = folder.path_of(kIndexFile);
  const WeightMap shard_of = read_weight_map(folder);
  std::map<std::string, size_t> shards;  // name -> position in files_
  for (const auto& [tensor, shard] : shard_of) shards.emplace(shard, 0);
  if (shards.size() > kMaxShards)
    fail_weights(index, fmt::format("{} shards, at most {} are opened", shards.size(), kMaxShards));

  std::map<std::string_view, std::string_view> seen;  // tensor -> shard that holds it
  for (auto& [shard, position] : shards) {
    if (!folder.has(shard)) fail_weights(index, fmt::format("shard {} is missing", escaped(shard)));
    position = files_.size();
    files_.push_back(SafeTensors::open(folder.open(shard), folder.path_of(shard)));
    for (const TensorInfo& tensor : files_.back().tensors()) {
      const auto [first, inserted] = seen.emplace(tensor.name, shard);
      if (inserted) continue;
      fail_weights(index, fmt::format("tensor {} is in two shards, {} and {}", escaped(tensor.name),
                                      escaped(first->second), escaped(shard)));
    }
  }
  for (const auto& [tensor, shard] : shard_of) {
    if (files_[shards.at(shard)].find(tensor) != nullptr) continue;
    fail_weights(index, fmt::format("tensor {} is not in its shard {}", escaped(tensor), escaped(shard)));
  }
}

WeightFiles::Found WeightFiles::find(std::string_view name) const {
  for (const SafeTensors& file : files_) {
    if (const TensorInfo* tensor = file.find(name)) return {&file, tensor};
  }
  return {};
}

bool WeightFiles::strip_prefix(std::string_view prefix) {
  for (const SafeTensors& file : files_) {
    for (const TensorInfo& tensor : file.tensors()) {
      if (!tensor.name.starts_with(prefix)) return false;
    }
  }
  for (SafeTensors& file : files_) file.strip_names(prefix.size());
  return true;
}

uint64_t WeightFiles::total_bytes() const {
  uint64_t total = 0;
  for (const SafeTensors& file : files_) total += file.file_size();
  return total;
}

bool has_weights(const FolderFiles& folder) { return folder.has(kSingleFile) || folder.has(kIndexFile); }

std::string sha256_of(const WeightFiles& weights) {
  if (weights.files().size() == 1) return weights.files().front().sha256();
  Sha256 sum;
  for (const SafeTensors& file : weights.files()) {  // by name
    const std::string line =
        fmt::format("{}  {}\n", file.sha256(), fs::path(file.source()).filename().string());
    sum.update(std::as_bytes(std::span(line)));
  }
  return sum.hex();
}

}  // namespace fbert
