// UTF-8 validation, repair and decoding agree with each other on any bytes.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "loader/utf8.h"
#include "tests/fuzz/target.h"
#include "tokenizer/utf8.h"

namespace fbert::fuzz_utf8 {
namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

// The definition, without its table of byte ranges: well-formed are the bytes that a scalar value is written as.
// Their number at `position`, or 0.
size_t written_length(std::string_view text, size_t position) {
  char padded[4] = {};
  text.copy(padded, sizeof(padded), position);
  size_t end = 0;
  const char32_t c = fbert::next_code_point({padded, sizeof(padded)}, end);
  if ((c >= 0xD800 && c <= 0xDFFF) || c > 0x10FFFF) return 0;
  char bytes[4];
  const size_t length = fbert::write_utf8(c, bytes);
  return std::string_view(bytes, length) == std::string_view(padded, length) ? length : 0;
}

}  // namespace

FBERT_FUZZ_TARGET(fuzz_utf8) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const size_t valid = fbert::valid_utf8_prefix(text);
  require(valid <= size);

  size_t position = 0;
  while (position < size) {
    const size_t length = written_length(text, position);
    require(fbert::utf8_at(text, position).length == length);
    if (length == 0) break;
    position += length;
  }
  require(position == valid);

  std::string repaired;
  const size_t replaced = fbert::repair_utf8(text, repaired);
  require((replaced == 0) == (valid == size));
  require(fbert::valid_utf8_prefix(repaired) == repaired.size());
  require(std::string_view(repaired).substr(0, valid) == text.substr(0, valid));

  std::string copy;
  size_t count = 0;
  for (size_t at = 0; at < repaired.size(); ++count) {
    const size_t begin = at;
    const char32_t c = fbert::next_code_point(repaired, at);
    size_t end = at;
    require(fbert::previous_code_point(repaired, end) == c && end == begin);
    char bytes[4];
    copy.append(bytes, fbert::write_utf8(c, bytes));
  }
  require(copy == repaired);
  require(count == fbert::count_code_points(repaired));
  return 0;
}

}  // namespace fbert::fuzz_utf8
