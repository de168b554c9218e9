#include "tokenizer/utf8.h"

#include <algorithm>
#include <cstring>

namespace fbert {
namespace {

struct Sequence {
  size_t length;  // bytes to consume: the whole sequence, or the maximal subpart of an ill-formed one
  bool valid;
};

// The sequence at `position` (< text.size()).
Sequence sequence_at(std::string_view text, size_t position) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[position + i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {1, true};
  size_t tails = 0;
  // The second byte's range is what excludes overlong forms, surrogates and values above U+10FFFF.
  unsigned char low = 0x80;
  unsigned char high = 0xBF;
  if (lead >= 0xC2 && lead <= 0xDF) {
    tails = 1;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    tails = 2;
    if (lead == 0xE0) low = 0xA0;
    if (lead == 0xED) high = 0x9F;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    tails = 3;
    if (lead == 0xF0) low = 0x90;
    if (lead == 0xF4) high = 0x8F;
  } else {
    return {1, false};
  }
  for (size_t i = 1; i <= tails; ++i) {
    if (position + i == text.size() || byte(i) < low || byte(i) > high) return {i, false};
    low = 0x80;
    high = 0xBF;
  }
  return {tails + 1, true};
}

// Length of the ASCII run at `position`.
size_t ascii_run(std::string_view text, size_t position) {
  size_t end = position;
  for (uint64_t word; end + sizeof word <= text.size(); end += sizeof word) {
    std::memcpy(&word, text.data() + end, sizeof word);
    if (word & 0x8080808080808080U) break;
  }
  while (end < text.size() && static_cast<unsigned char>(text[end]) < 0x80) ++end;
  return end - position;
}

}  // namespace

size_t valid_utf8_prefix(std::string_view text) {
  size_t position = 0;
  while (true) {
    position += ascii_run(text, position);
    if (position == text.size()) return position;
    const Sequence sequence = sequence_at(text, position);
    if (!sequence.valid) return position;
    position += sequence.length;
  }
}

size_t repair_utf8(std::string_view text, std::string& out) {
  out.clear();
  size_t replaced = 0;
  while (true) {
    const size_t valid = valid_utf8_prefix(text);
    out.append(text.substr(0, valid));
    text.remove_prefix(valid);
    if (text.empty()) return replaced;
    text.remove_prefix(sequence_at(text, 0).length);
    out.append("\xEF\xBF\xBD");
    ++replaced;
  }
}

size_t count_code_points(std::string_view text) {
  return text.size() - static_cast<size_t>(std::count_if(text.begin(), text.end(), is_continuation_byte));
}

}  // namespace fbert
