#include "tokenizer/unicode.h"

#include <utf8proc.h>

#include <algorithm>
#include <iterator>

namespace fbert {
namespace {

struct CodePointRange {
  char32_t first;
  char32_t last;
};

#include "tokenizer/unicode_tables.inc"

}  // namespace

const UnicodeTable& UnicodeTable::get() {
  static const UnicodeTable table;
  return table;
}

UnicodeTable::UnicodeTable() {
  index_.fill(static_cast<uint16_t>(uniform_block(0)));
  const auto add_all = [this](std::span<const CodePointRange> ranges, uint8_t flag) {
    for (const CodePointRange& range : ranges) add(range.first, range.last, flag);
  };
  add_all(kRemoved, kRemovedFlag);
  add_all(kSpace, kSpaceFlag);
  add_all(kPunctuation, kPunctuationFlag);
  add_all(kIdeograph, kIdeographFlag);
  add_all(kMark, kMarkFlag);
  add_all(kDecomposes, kDecomposesFlag);
  add_all(kReorders, kReordersFlag);
  add_all(kCased, kCasedFlag);
}

void UnicodeTable::add(char32_t first, char32_t last, uint8_t flag) {
  for (char32_t c = first; c <= last;) {
    const size_t block = c >> 8;
    const char32_t block_last = c | 0xFF;
    const char32_t end = std::min(last, block_last);
    const bool shared = index_[block] + 1U == uniform_[blocks_[size_t{index_[block]} << 8]];
    if (shared && (c & 0xFF) == 0 && end == block_last) {
      index_[block] = static_cast<uint16_t>(uniform_block(blocks_[size_t{index_[block]} << 8] | flag));
    } else {
      const size_t base = writable_block(block) << 8;
      for (char32_t i = c; i <= end; ++i) blocks_[base | (i & 0xFF)] |= flag;
    }
    c = end + 1;
  }
}

size_t UnicodeTable::uniform_block(uint8_t value) {
  if (uniform_[value] == 0) {
    blocks_.insert(blocks_.end(), 256, value);
    uniform_[value] = static_cast<uint16_t>(blocks_.size() >> 8);
  }
  return uniform_[value] - 1U;
}

size_t UnicodeTable::writable_block(size_t block) {
  const size_t current = index_[block];
  const uint8_t value = blocks_[current << 8];
  if (current + 1 == uniform_[value]) {
    index_[block] = static_cast<uint16_t>(blocks_.size() >> 8);
    blocks_.insert(blocks_.end(), 256, value);
  }
  return index_[block];
}

size_t decompose(char32_t c, std::span<char32_t, kMaxDecomposition> out) {
  utf8proc_int32_t buffer[kMaxDecomposition];
  const utf8proc_ssize_t n =
      utf8proc_decompose_char(static_cast<utf8proc_int32_t>(c), buffer, kMaxDecomposition, UTF8PROC_DECOMPOSE, nullptr);
  if (n < 1 || n > static_cast<utf8proc_ssize_t>(kMaxDecomposition)) {
    out[0] = c;
    return 1;
  }
  std::copy_n(buffer, n, out.begin());
  return static_cast<size_t>(n);
}

uint8_t combining_class(char32_t c) {
  return static_cast<uint8_t>(utf8proc_get_property(static_cast<utf8proc_int32_t>(c))->combining_class);
}

bool is_word_character(char32_t c) {
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(c))) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_PC:
      return true;
    default:
      break;
  }
  const auto range = std::lower_bound(std::begin(kMoreWordCharacters), std::end(kMoreWordCharacters), c,
                                      [](const CodePointRange& r, char32_t value) { return r.last < value; });
  return range != std::end(kMoreWordCharacters) && range->first <= c;
}

LowerCase lower_case(char32_t c) {
  const auto known = std::lower_bound(std::begin(kLowerCase), std::end(kLowerCase), c,
                                      [](const LowerCase& entry, char32_t value) { return entry.from < value; });
  if (known != std::end(kLowerCase) && known->from == c) return *known;
  return {c, static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(c))), 0};
}

}  // namespace fbert
