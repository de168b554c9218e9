#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "data/decode.h"
#include "fbert/error.h"

namespace fbert {

// The text of a file, of standard input or of a string, read in chunks. Gzip is decompressed, UTF-16 and UTF-32 with a
// byte order mark become UTF-8, a byte order mark is skipped, and where its first 64 KiB have CRs and no LF, all CRs
// are line ends. What is no text is refused, and what has both with most lines ended by CR. What readers make of it
// does not depend on the chunk size.
class Input {
 public:
  static constexpr size_t kChunkBytes = size_t{64} << 10;

  // `path` is a file, or "-" for standard input. Throws kData with the path and the system's reason.
  static Input open(const std::string& path, size_t chunk_bytes = kChunkBytes);
  static Input from_string(std::string bytes, std::string name, size_t chunk_bytes = kChunkBytes);

  // The next bytes, empty at the end of the input; valid until the next call. Throws kData when reading fails, and for
  // an input that is no text.
  std::string_view next_chunk();

  // The beginning of the text, before the first chunk is taken: of a file up to kChunkBytes, of a pipe or a terminal at
  // least so many lines of them. Valid until the next call.
  std::string_view head(size_t lines = 1);

  // Whether head() is all there is.
  bool head_is_all() const { return ended_; }

  // Leaves out the first line of the head.
  void skip_line();
  uint64_t skipped_lines() const { return skipped_lines_; }

  // How much of it was read, in [0, 1]; absent where its size is not known, as for a pipe.
  std::optional<double> fraction() const;

  // What messages call the input: the path as it may be printed, or "<stdin>".
  const std::string& name() const { return name_; }

 private:
  struct Bytes {
    ReadBytes read;
    std::optional<uint64_t> size = {};  // of all of them
    bool at_hand = false;               // reading does not wait for somebody to write
  };

  Input(Bytes bytes, std::string name, size_t chunk_bytes);
  void prepare();
  void gather(size_t lines);
  ReadBytes taken_back(size_t skipped);
  std::string_view rest_of_head() const { return {head_.data() + head_begin_, head_end_ - head_begin_}; }

  std::shared_ptr<uint64_t> bytes_read_ = std::make_shared<uint64_t>(0);  // of the file, whatever is made of them
  ReadBytes read_;
  std::string name_;
  size_t chunk_bytes_;
  std::optional<uint64_t> size_;  // of the whole input
  bool at_hand_;
  bool prepared_ = false;
  bool ended_ = false;
  std::vector<char> head_;  // no std::string: views into it outlive a move
  size_t head_begin_ = 0;   // before it is what was taken
  size_t head_end_ = 0;
  uint64_t skipped_lines_ = 0;
  std::vector<char> buffer_;
};

// All of an input. Throws kData with `hint` where it has more bytes.
std::string read_all(Input& input, size_t max_bytes, const char* hint = "");

// A line or record of more bytes than this is refused: it would be held in memory whole.
inline constexpr size_t kMaxRecordBytes = size_t{256} << 20;

// Splits an input at LF. A CR before the LF or the end of the input belongs to the line ending; any other CR is text.
class LineReader {
 public:
  explicit LineReader(Input input) : input_(std::move(input)), line_(input_.skipped_lines()) {}

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
  uint64_t line_;
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
