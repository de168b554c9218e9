#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fbert/error.h"

namespace fbert {

// A file, standard input or a string, read in chunks. A UTF-8 byte order mark at the start is skipped. What the readers
// make of the bytes does not depend on the chunk size.
class Input {
 public:
  static constexpr size_t kChunkBytes = size_t{64} << 10;

  // `path` is a file, or "-" for standard input. Throws kData with the path and the system's reason.
  static Input open(const std::string& path, size_t chunk_bytes = kChunkBytes);
  static Input from_string(std::string bytes, std::string name, size_t chunk_bytes = kChunkBytes);

  // The next bytes, empty at the end of the input; valid until the next call. Throws kData when reading fails.
  std::string_view next_chunk();

  // How much of it was read, in [0, 1]; absent where its size is not known, as for a pipe.
  std::optional<double> fraction() const;

  // What messages call the input: the path as it may be printed, or "<stdin>".
  const std::string& name() const { return name_; }

 private:
  using ReadFunction = std::function<size_t(char* data, size_t size)>;  // 0 at the end

  Input(ReadFunction read, std::string name, size_t chunk_bytes, std::optional<uint64_t> size);

  ReadFunction read_;
  std::string name_;
  size_t chunk_bytes_;
  std::optional<uint64_t> size_;  // of the whole input
  uint64_t bytes_read_ = 0;
  std::vector<char> buffer_;  // no std::string: views into it outlive a move
  bool at_start_ = true;
};

// A line or record of more bytes than this is refused: it would be held in memory whole.
inline constexpr size_t kMaxRecordBytes = size_t{256} << 20;

// Splits an input at LF. A CR before the LF or the end of the input belongs to the line ending; any other CR is text.
class LineReader {
 public:
  explicit LineReader(Input input) : input_(std::move(input)) {}

  // The next line without its ending, valid until the next call. False at the end of the input; a last line without a
  // line ending counts, an empty rest after the last line ending does not.
  bool next(std::string_view& line);

  uint64_t line() const { return line_; }  // number of the last line read, from 1
  const std::string& name() const { return input_.name(); }
  std::optional<double> fraction() const { return input_.fraction(); }

 private:
  Input input_;
  std::string_view chunk_;
  std::string partial_;
  uint64_t line_ = 0;
};

// A record of a CSV or TSV file.
struct Record {
  std::vector<std::string> fields;
  uint64_t line = 0;  // the physical line it begins on, from 1
};

// What is wrong with one row. The reader that threw it can go on with the next row, unlike after any other error.
class RowError : public Error {
 public:
  using Error::Error;
};

// Throws RowError: "<source>: line 12: <problem>".
[[noreturn]] void fail_at_line(const std::string& source, uint64_t line, const std::string& problem);

// In characters, from 1.
struct Position {
  uint64_t line = 0;
  uint64_t column = 0;
};

std::string at_position(const std::string& source, Position position, const std::string& problem);

// Throws RowError: "<source>: line 12, column 7: <problem>".
[[noreturn]] void fail_at(const std::string& source, Position position, const std::string& problem);

}  // namespace fbert
