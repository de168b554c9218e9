#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "fbert/export.h"
#include "fbert/model.h"
#include "fbert/model_folder.h"
#include "fbert/precision.h"

namespace fbert {

struct LoadOptions {
  // Of the encoder's linear layers; none: as in the folder. kInt8 quantises those of a folder in floats while loading
  // (docs/int8.md). Those of a quantised folder are int8 already, and kF32 is refused.
  std::optional<Precision> precision = {};
  // Of the word embeddings in memory; none: as in the folder (BF16 as fp32).
  std::optional<EmbeddingType> embeddings = {};
  std::string isa = {};   // see decide_isa()
  std::string blas = {};  // see decide_blas()
};

// Loads the model of a folder as Model::load() does, quantising it on the way where that is asked for: the model is
// then the one that quantize_model() would write. Throws kUsage for a precision that the folder cannot give,
// and whatever Model::load() throws.
FBERT_API Model load_model(const ModelFolder& folder, const LoadOptions& options = {});

struct QuantizeOptions {
  std::optional<EmbeddingType> embeddings = {};  // of the word embeddings; none: as in the source
  // Linear layers of the encoder that stay in floats: their names in the checkpoint, without ".weight"; '*' stands for
  // any characters, '?' for one.
  std::vector<std::string> keep = {};
  std::string isa = {};  // kernel table by name, as in LoadOptions; the folder does not depend on it
  bool force = false;    // replace a folder that quantize_model() wrote
  // Called now and then, from one thread at a time, with bytes of the source that are done and that there are; first
  // when the means of what layers read are measured. What it throws ends the work, and nothing is left behind.
  std::function<void(uint64_t done, uint64_t total)> progress = {};
};

struct QuantizeResult {
  size_t quantized = 0;  // linear layers
  std::vector<std::string> kept;
  std::vector<std::string> notes;  // of the configuration, see ModelConfig
  uint64_t source_bytes = 0;       // of the weight files
  uint64_t output_bytes = 0;
};

// Writes the model of a folder as a quantised folder (docs/quantized-format.md), whole or not at all. Its bytes depend
// on the source and the options alone; without `keep`, Model::load() gives the logits that load_model() gives on the
// source in Precision::kInt8.
//
// Throws kUsage for an output that exists, lies in the source or cannot be replaced, and for a pattern that matches
// nothing; kData for a source that is quantised already or malformed, and for I/O errors; for `isa` what decide_isa()
// throws.
FBERT_API QuantizeResult quantize_model(const ModelFolder& source, const std::filesystem::path& output,
                                        const QuantizeOptions& options);

}  // namespace fbert
