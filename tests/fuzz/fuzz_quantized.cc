// A quantised folder from arbitrary bytes, config.json and model.safetensors with a NUL between them: a model that is
// accepted runs, and everything else is an Error of one line.
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "fbert/error.h"
#include "fbert/model.h"
#include "fbert/quantize.h"
#include "tests/fuzz/target.h"

namespace fbert::fuzz_quantized {
namespace {

namespace fs = std::filesystem;

void require(bool condition) {
  if (!condition) std::abort();
}

// One folder for all inputs of the process, removed at its end.
struct Folder {
  Folder() { fs::create_directory(path); }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  const fs::path path = fs::temp_directory_path() / ("fuzz_quantized." + std::to_string(::getpid()));
};

void write(const fs::path& path, std::string_view content) { std::ofstream(path, std::ios::binary) << content; }

void run(const fbert::Model& model) {
  fbert::PackedBatch batch(model.config());
  batch.add(std::vector<int32_t>{0});
  fbert::Context context(model, 1);
  std::vector<float> out(static_cast<size_t>(model.config().hidden_size));
  model.hidden_states(batch, context, out);
}

}  // namespace

FBERT_FUZZ_TARGET(fuzz_quantized) {
  static const Folder folder;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t middle = std::min(input.find('\0'), input.size());
  write(folder.path / "config.json", input.substr(0, middle));
  write(folder.path / "model.safetensors", middle < input.size() ? input.substr(middle + 1) : "");
  try {
    run(fbert::load_model(folder.path, {.isa = "ref"}));
  } catch (const fbert::Error& error) {
    require(std::string_view(error.what()).find('\n') == std::string_view::npos);
    require(error.code() == fbert::ErrorCode::kData || error.code() == fbert::ErrorCode::kUnsupported);
  }
  return 0;
}

}  // namespace fbert::fuzz_quantized
