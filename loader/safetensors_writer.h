#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "loader/safetensors.h"

namespace fbert {

// A tensor to be written. `data` must hold elements x size_of(dtype) bytes and outlive the call.
struct TensorSource {
  std::string name;
  DType dtype;
  Shape shape;
  std::span<const std::byte> data;
};

// Writes a safetensors file atomically (see atomic_file.h). The bytes are a function of the arguments alone: tensors
// are ordered by descending alignment, then by name; metadata by key; the header is padded to 8 bytes with spaces.
// Throws kData on I/O errors, kInternal on duplicate or reserved names and on sizes that do not match.
void write_safetensors(const std::filesystem::path& path, std::vector<TensorSource> tensors,
                       const std::map<std::string, std::string>& metadata);

}  // namespace fbert
