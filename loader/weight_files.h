#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "fbert/model_folder.h"
#include "loader/safetensors.h"

namespace fbert {

// The weights of a model folder: one model.safetensors, or the shards named by model.safetensors.index.json.
// Lookup is by tensor name over all files; a tensor that is in two shards, or not in the shard the index names, is
// refused. A folder that has only pytorch_model.bin is refused with a message that names the converter.
class WeightFiles {
 public:
  static WeightFiles open(const ModelFolder& folder);

  struct Found {
    const SafeTensors* file = nullptr;
    const TensorInfo* tensor = nullptr;
    explicit operator bool() const { return tensor != nullptr; }
  };
  Found find(std::string_view name) const;
  // Takes `prefix` off all names; false, and nothing is done, unless all begin with it.
  bool strip_prefix(std::string_view prefix);
  const std::vector<SafeTensors>& files() const { return files_; }
  uint64_t total_bytes() const;                          // of all files, headers included
  const std::string& source() const { return source_; }  // the folder, for messages

 private:
  void open_shards(const FolderFiles& folder);

  std::vector<SafeTensors> files_;
  std::string source_;
};

// Whether there is a file in the folder that WeightFiles::open() would open.
bool has_weights(const FolderFiles& folder);

// SHA-256 of the weights: of the one file; of several, of the lines that sha256sum prints of them in the order of their
// names. Throws kData when a file cannot be read.
std::string sha256_of(const WeightFiles& weights);

}  // namespace fbert
