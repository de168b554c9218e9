#include "data/decode.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "fbert/error.h"
#include "loader/utf8.h"

namespace fbert {
namespace {

constexpr size_t kPieceBytes = size_t{64} << 10;
constexpr char kNoCharacter = '\xFF';

// Bytes that were read and wait to be taken.
struct Piece {
  std::vector<char> bytes = std::vector<char>(kPieceBytes);
  size_t begin = 0;
  size_t end = 0;

  size_t size() const { return end - begin; }
  bool fill(const ReadBytes& read) {
    begin = 0;
    end = read(bytes.data(), bytes.size());
    return end > 0;
  }
  size_t take(char* data, size_t most) {
    const size_t count = std::min(most, size());
    std::memcpy(data, bytes.data() + begin, count);
    begin += count;
    return count;
  }
};

class Gunzip {
 public:
  Gunzip(ReadBytes gzip, std::string name) : gzip_(std::move(gzip)), name_(std::move(name)) {
    constexpr int kGzipOnly = 16;
    if (::inflateInit2(&stream_, kGzipOnly + MAX_WBITS) != Z_OK) throw std::bad_alloc();
  }
  ~Gunzip() { ::inflateEnd(&stream_); }
  Gunzip(const Gunzip&) = delete;
  Gunzip& operator=(const Gunzip&) = delete;

  size_t read(char* data, size_t size) {
    stream_.next_out = reinterpret_cast<Bytef*>(data);
    stream_.avail_out = static_cast<uInt>(std::min<size_t>(size, kPieceBytes));
    const uInt room = stream_.avail_out;
    while (stream_.avail_out == room) {
      if (piece_.size() == 0 && !piece_.fill(gzip_)) {
        if (in_member_) fail("the gzip data ends before its end: the file is cut");
        return 0;
      }
      if (!in_member_ && !begin_member()) continue;
      inflate();
    }
    return room - stream_.avail_out;
  }

 private:
  // False where there is nothing but padding so far.
  bool begin_member() {
    while (members_ > 0 && piece_.size() > 0 && piece_.bytes[piece_.begin] == '\0') ++piece_.begin;
    if (piece_.size() == 0) return false;
    in_member_ = true;
    ++members_;
    ::inflateReset(&stream_);
    return true;
  }

  void inflate() {
    stream_.next_in = reinterpret_cast<Bytef*>(piece_.bytes.data() + piece_.begin);
    stream_.avail_in = static_cast<uInt>(piece_.size());
    const int result = ::inflate(&stream_, Z_NO_FLUSH);
    piece_.begin = piece_.end - stream_.avail_in;
    if (result == Z_STREAM_END) {
      in_member_ = false;
    } else if (result == Z_MEM_ERROR) {
      throw std::bad_alloc();
    } else if (result != Z_OK && result != Z_BUF_ERROR) {
      fail(fmt::format("the gzip data is corrupt: {}", stream_.msg != nullptr ? stream_.msg : "not gzip"));
    }
  }

  [[noreturn]] void fail(const std::string& problem) const {
    throw Error(ErrorCode::kData, fmt::format("{}: {}", name_, problem));
  }

  ReadBytes gzip_;
  std::string name_;
  Piece piece_;
  z_stream stream_ = {};
  bool in_member_ = false;
  uint64_t members_ = 0;
};

class ToUtf8 {
 public:
  ToUtf8(ReadBytes text, ByteKind encoding, std::string name)
      : text_(std::move(text)),
        name_(std::move(name)),
        unit_bytes_(encoding == ByteKind::kUtf32Le || encoding == ByteKind::kUtf32Be ? 4 : 2),
        big_endian_(encoding == ByteKind::kUtf16Be || encoding == ByteKind::kUtf32Be) {}

  size_t read(char* data, size_t size) {
    while (out_.size() == out_begin_) {
      out_.clear();
      out_begin_ = 0;
      if (!piece_.fill(text_)) {
        end();
        break;
      }
      decode();
    }
    const size_t count = out_.copy(data, size, out_begin_);
    out_begin_ += count;
    return count;
  }

 private:
  void decode() {
    for (size_t i = piece_.begin; i < piece_.end; ++i) {
      const auto byte = static_cast<uint32_t>(static_cast<unsigned char>(piece_.bytes[i]));
      const size_t shift = 8 * (big_endian_ ? unit_bytes_ - 1 - unit_size_ : unit_size_);
      unit_ |= byte << shift;
      if (++unit_size_ < unit_bytes_) continue;
      add_unit(std::exchange(unit_, 0));
      unit_size_ = 0;
    }
  }

  void add_unit(uint32_t unit) {
    const bool low = unit >= 0xDC00 && unit <= 0xDFFF;
    const bool high = unit >= 0xD800 && unit <= 0xDBFF;
    if (high_ != 0 && low) {
      append_utf8(out_, 0x10000 + ((std::exchange(high_, 0) - 0xD800) << 10) + (unit - 0xDC00));
      return;
    }
    if (std::exchange(high_, 0) != 0) out_ += kNoCharacter;
    if (high && unit_bytes_ == 2) {
      high_ = unit;
    } else if (high || low || unit > 0x10FFFF) {
      out_ += kNoCharacter;
    } else {
      append_utf8(out_, unit);
    }
  }

  void end() {
    if (unit_size_ > 0) {
      throw Error(ErrorCode::kData,
                  fmt::format("{}: the UTF-{} text ends within a character: the file is cut", name_, 8 * unit_bytes_));
    }
    if (std::exchange(high_, 0) != 0) out_ += kNoCharacter;
  }

  ReadBytes text_;
  std::string name_;
  size_t unit_bytes_;
  bool big_endian_;
  Piece piece_;
  std::string out_;
  size_t out_begin_ = 0;
  uint32_t unit_ = 0;  // the bytes of a unit so far
  size_t unit_size_ = 0;
  uint32_t high_ = 0;  // a surrogate that waits for its other half
};

}  // namespace

ReadBytes joined(std::string head, ReadBytes rest) {
  return [head = std::move(head), begin = size_t{0}, rest = std::move(rest)](char* data, size_t size) mutable {
    if (begin == head.size()) return rest(data, size);
    const size_t count = head.copy(data, size, begin);
    begin += count;
    return count;
  };
}

ReadBytes gunzipped(ReadBytes gzip, std::string name) {
  return [gunzip = std::make_shared<Gunzip>(std::move(gzip), std::move(name))](char* data, size_t size) {
    return gunzip->read(data, size);
  };
}

ReadBytes as_utf8(ReadBytes text, ByteKind encoding, std::string name) {
  return [decoder = std::make_shared<ToUtf8>(std::move(text), encoding, std::move(name))](char* data, size_t size) {
    return decoder->read(data, size);
  };
}

ReadBytes with_line_feeds(ReadBytes text) {
  return [text = std::move(text), after_cr = false](char* data, size_t size) mutable {
    for (;;) {
      const size_t count = text(data, size);
      size_t kept = 0;
      for (size_t i = 0; i < count; ++i) {
        const bool second_half = std::exchange(after_cr, data[i] == '\r') && data[i] == '\n';
        if (!second_half) data[kept++] = data[i] == '\r' ? '\n' : data[i];
      }
      if (count == 0 || kept > 0) return kept;
    }
  };
}

}  // namespace fbert
