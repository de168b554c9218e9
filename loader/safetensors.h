#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "loader/input_file.h"
#include "loader/tensor_info.h"

namespace fbert {

// A safetensors file: opened, validated as a whole, then read tensor by tensor (format and checks:
// docs/safetensors.md).
//
// Data is copied out with positioned reads, never through a memory mapping, so a file that another process truncates
// or replaces during or after the load gives an Error or the old content, never SIGBUS.
class SafeTensors {
 public:
  // Throws kData when the file cannot be read or breaks the format.
  static SafeTensors open(const std::filesystem::path& path);

  // The same of a file that is open already; `path` is what messages say.
  static SafeTensors open(InputFile file, const std::filesystem::path& path);

  // The same from memory; `bytes` must outlive the object. `source` is the name that messages carry.
  static SafeTensors parse(std::span<const std::byte> bytes, std::string source);

  SafeTensors(SafeTensors&&) noexcept;
  SafeTensors& operator=(SafeTensors&&) noexcept;
  ~SafeTensors();

  const std::vector<TensorInfo>& tensors() const;  // by offset
  const std::map<std::string, std::string>& metadata() const;
  const TensorInfo* find(std::string_view name) const;                     // nullptr when absent
  const TensorInfo& get(std::string_view name, const Shape& shape) const;  // throws when absent or of another shape
  const std::string& source() const;                                       // the path, for messages
  uint64_t file_size() const;

  // Of the whole file, as it was opened.
  std::string sha256() const;

  // Takes the first `bytes` off the name of every tensor, which all begin with the same.
  void strip_names(size_t bytes);

  // All reads may run in several threads at once.

  // Copies the raw little-endian bytes of a tensor into `out`, whose size must be the tensor's.
  void read_bytes(const TensorInfo& tensor, std::span<std::byte> out) const;

  // Reads a F32, F16, BF16 or F64 tensor as floats. `out` has tensor.elements() floats. Other types throw, and so does
  // a finite F64 value that a float cannot hold.
  void read_f32(const TensorInfo& tensor, std::span<float> out) const;

  // Reads an I8 tensor.
  void read_i8(const TensorInfo& tensor, std::span<int8_t> out) const;

  // The same for a part: the elements from `first` on, as many as `out` holds.
  void read_f32(const TensorInfo& tensor, uint64_t first, std::span<float> out) const;
  void read_i8(const TensorInfo& tensor, uint64_t first, std::span<int8_t> out) const;
  // For raw bytes, `first` is the first byte of the tensor that is read.
  void read_bytes(const TensorInfo& tensor, uint64_t first, std::span<std::byte> out) const;

 private:
  struct Impl;
  explicit SafeTensors(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace fbert
