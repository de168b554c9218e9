#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "loader/tensor_info.h"

namespace fbert {

inline constexpr uint64_t kLengthBytes = 8;               // of the field before the header
inline constexpr uint64_t kMaxHeaderBytes = 100'000'000;  // the format's own cap

// What keeps the memory of a header below the size of its file plus 64 MiB. The format names no such limits; real
// files stay two orders of magnitude below.
inline constexpr size_t kMaxTensors = size_t{1} << 17;
inline constexpr size_t kMaxDimensions = size_t{1} << 20;  // of all tensors together
inline constexpr size_t kMaxMetadataEntries = size_t{1} << 16;
inline constexpr size_t kMaxTextBytes = size_t{8} << 20;  // names and metadata together

inline constexpr std::string_view kMetadataKey = "__metadata__";

struct SafeTensorsHeader {
  std::vector<TensorInfo> tensors;  // by offset; offsets absolute in the file
  std::vector<uint32_t> by_name;    // indices into tensors
  std::map<std::string, std::string> metadata;
};

// The first 8 bytes of a file whose header has this length.
std::string length_field(uint64_t length);

// Reads the length field, the first 8 bytes of a file of `file_size` bytes, and returns the length of the header, which
// lies inside the file. `start` has the first kKindBytes of the file, or all of a shorter one. Throws kData, with a
// hint when the file is of another known kind.
uint64_t read_header_length(std::span<const std::byte> start, uint64_t file_size, const std::string& source);

// Parses and validates the header text of a file of `file_size` bytes as docs/safetensors.md says. Throws kData.
SafeTensorsHeader parse_header(std::string_view text, uint64_t file_size, const std::string& source);

}  // namespace fbert
