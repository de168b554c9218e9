// UTF-8 validation, repair and decoding agree with each other on any bytes.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "loader/utf8.h"
#include "tokenizer/utf8.h"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const size_t valid = fbert::valid_utf8_prefix(text);
  require(valid <= size);

  // The second, independent decoder of the project stops at the same place.
  size_t position = 0;
  while (position < size) {
    const fbert::CodePoint c = fbert::utf8_at(text, position);
    if (c.length == 0) break;
    position += c.length;
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
