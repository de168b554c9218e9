// Any bytes as a file: what is taken for its text, or why it is refused, does not depend on how it is cut into chunks;
// a text with a byte order mark is that text; UTF-16 and gzip of a text are read as the text.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "data/input.h"
#include "fbert/error.h"
#include "loader/utf8.h"
#include "tests/fuzz/target.h"
#include "tests/support/gzip.h"

namespace fbert::fuzz_input {
namespace {

void require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "broken promise: %s\n", what);
  std::abort();
}

std::string text_of(std::string_view bytes, size_t chunk_bytes) {
  try {
    Input input = Input::from_string(std::string(bytes), "input", chunk_bytes);
    return "text " + read_all(input, size_t{1} << 24);
  } catch (const Error& error) {
    require(error.code() == ErrorCode::kData, "bad bytes are a data error");
    require(std::string_view(error.what()).starts_with("input: "), "an error names its file");
    return std::string("error ") + error.what();
  }
}

std::string utf16(std::string_view text) {
  std::string out = "\xFF\xFE";
  const auto add = [&](uint32_t unit) {
    out += static_cast<char>(unit & 0xFF);
    out += static_cast<char>(unit >> 8);
  };
  for (size_t position = 0; position < text.size();) {
    const auto c = static_cast<uint32_t>(next_code_point(text, position));
    if (c >= 0x10000) add(0xD800 + ((c - 0x10000) >> 10));
    add(c < 0x10000 ? c : 0xDC00 + ((c - 0x10000) & 0x3FF));
  }
  return out;
}

}  // namespace

FBERT_FUZZ_TARGET(fuzz_input) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::string whole = text_of(bytes, Input::kChunkBytes);
  for (const size_t chunk : {size_t{1}, size_t{2}, size_t{7}}) {
    require(text_of(bytes, chunk) == whole, "the text does not depend on the chunk size");
  }
  const std::string marked = text_of("\xEF\xBB\xBF" + std::string(bytes), 64);
  require(marked.starts_with("text ") || marked.ends_with("make them LF alone"),
          "a byte order mark says that it is a text");
  // The mark of UTF-16 and a NUL are the mark of UTF-32.
  const bool is_plain =
      valid_utf8_prefix(bytes) == size && !bytes.starts_with("\xEF\xBB\xBF") && !bytes.empty() && bytes.front() != '\0';
  if (is_plain && whole.starts_with("text ")) {
    require(text_of(utf16(bytes), 7) == marked, "UTF-16 is read as the text");
  }
  if (!bytes.starts_with("\x1F\x8B")) {
    require(text_of(testing::gzipped(std::string(bytes)), 7) == whole, "gzip is read as what is in it");
  }
  return 0;
}

}  // namespace fbert::fuzz_input
