// Any bytes: the file is refused with an Error, or it is consistent and every tensor can be read.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "fbert/error.h"
#include "loader/safetensors.h"
#include "tests/fuzz/safetensors_input.h"
#include "tests/fuzz/target.h"

namespace fbert::fuzz_safetensors {
namespace {

using fbert::fuzz::require;

void read_all(std::span<const std::byte> bytes) {
  const fbert::SafeTensors file = fbert::SafeTensors::parse(bytes, "fuzz");
  uint64_t covered = 0;
  for (const fbert::TensorInfo& tensor : file.tensors()) {
    if (covered == 0) covered = tensor.begin;
    require(tensor.begin == covered && tensor.end >= tensor.begin && tensor.end <= bytes.size());
    require(tensor.elements() * fbert::bits_of(tensor.dtype) == 8 * tensor.bytes());
    require(file.find(tensor.name) == &tensor);
    covered = tensor.end;
    std::vector<std::byte> raw(tensor.bytes());
    file.read_bytes(tensor, raw);
    if (!is_float(tensor.dtype)) continue;
    std::vector<float> floats(tensor.elements());
    file.read_f32(tensor, floats);
  }
  require(covered == 0 || covered == bytes.size());
}

}  // namespace

FBERT_FUZZ_TARGET(fuzz_safetensors) {
  const std::vector<std::byte> file = fbert::fuzz::framed(std::as_bytes(std::span(data, size)));
  try {
    read_all(file);
  } catch (const fbert::Error& error) {
    require(std::string(error.what()).find('\n') == std::string::npos);
  }
  return 0;
}

}  // namespace fbert::fuzz_safetensors
