#include "tokenizer/pre_tokenizer.h"

#include <array>

#include "loader/utf8.h"
#include "tokenizer/unicode.h"

namespace fbert {
namespace {

std::array<uint8_t, 128> ascii_flags() {
  std::array<uint8_t, 128> flags;
  for (size_t c = 0; c < flags.size(); ++c) flags[c] = UnicodeTable::get().flags(static_cast<char32_t>(c));
  return flags;
}

}  // namespace

void BertPreTokenizer::split(std::string_view text, uint32_t begin, uint32_t end, std::vector<WordRange>& words) const {
  static const std::array<uint8_t, 128> ascii = ascii_flags();
  const UnicodeTable& table = UnicodeTable::get();
  uint32_t word = begin;
  for (size_t position = begin; position < end;) {
    const auto at = static_cast<uint32_t>(position);
    const auto lead = static_cast<unsigned char>(text[position]);
    const uint8_t flags = lead < 0x80 ? ascii[lead] : table.flags(next_code_point(text, position));
    if (lead < 0x80) ++position;
    if (!(flags & (kSpaceFlag | kPunctuationFlag))) continue;
    if (word < at) words.push_back({word, at});
    word = static_cast<uint32_t>(position);
    if (flags & kPunctuationFlag) words.push_back({at, word});
  }
  if (word < end) words.push_back({word, end});
}

}  // namespace fbert
