#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

// What the safetensors targets share.
namespace fbert::fuzz {

inline void require(bool condition) {
  if (!condition) std::abort();
}

// A mutation seldom hits the length field, so an input that begins with '{' is a header, up to the first line break,
// and its data: this puts the length in front. Other inputs are files as they are.
inline std::vector<std::byte> framed(std::span<const std::byte> input) {
  if (input.empty() || input[0] != std::byte{'{'}) return {input.begin(), input.end()};
  size_t length = 0;
  while (length < input.size() && input[length] != std::byte{'\n'}) ++length;
  const size_t data = length + (length < input.size() ? 1 : 0);
  std::vector<std::byte> file;
  for (size_t i = 0; i < 8; ++i) file.push_back(static_cast<std::byte>(uint64_t{length} >> (8 * i)));
  file.insert(file.end(), input.data(), input.data() + length);
  file.insert(file.end(), input.data() + data, input.data() + input.size());
  return file;
}

}  // namespace fbert::fuzz
