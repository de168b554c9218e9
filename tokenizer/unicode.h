#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace fbert {

// What the tokenizer asks about a code point, as the reference tokenizer answers it. Its general categories are those
// of Unicode 8.0, its decompositions and combining classes those of 9.0, white space and lower case are current; the
// generated tables in unicode_tables.inc hold its answers, so they do not depend on the utf8proc that is installed.
enum CodePointFlag : uint8_t {
  kRemovedFlag = 1 << 0,      // deleted by clean_text
  kSpaceFlag = 1 << 1,        // white space
  kPunctuationFlag = 1 << 2,  // a word of its own
  kIdeographFlag = 1 << 3,    // isolated by handle_chinese_chars
  kMarkFlag = 1 << 4,         // deleted by strip_accents
  kDecomposesFlag = 1 << 5,   // has a canonical decomposition
  kReordersFlag = 1 << 6,     // has a canonical combining class other than 0
  kCasedFlag = 1 << 7,        // may have a lower-case form
};

class UnicodeTable {
 public:
  static const UnicodeTable& get();

  // Flags of any value up to U+10FFFF.
  uint8_t flags(char32_t c) const { return blocks_[size_t{index_[c >> 8]} << 8 | (c & 0xFF)]; }

 private:
  UnicodeTable();
  void add(char32_t first, char32_t last, uint8_t flag);
  size_t writable_block(size_t block);
  size_t uniform_block(uint8_t value);

  // index_ maps code point / 256 to a block of 256 flags; blocks of one value only are shared.
  std::array<uint16_t, 0x1100> index_{};
  std::vector<uint8_t> blocks_;
  std::array<uint16_t, 256> uniform_{};  // value -> shared block + 1
};

// The longest canonical decomposition has 4 code points.
constexpr size_t kMaxDecomposition = 4;

// Full canonical decomposition of a code point with kDecomposesFlag; returns the number of code points written.
size_t decompose(char32_t c, std::span<char32_t, kMaxDecomposition> out);

// Canonical combining class of a code point with kReordersFlag.
uint8_t combining_class(char32_t c);

// Letters, marks, decimal digits, connectors: `\w` of the regular expressions that decide about single words.
bool is_word_character(char32_t c);

struct LowerCase {
  char32_t from;
  char32_t first;
  char32_t second;  // 0 unless the lower-case form has two code points
};

// Lower-case form of one code point, whatever its neighbours (no final sigma rule).
LowerCase lower_case(char32_t c);

}  // namespace fbert
