#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "fbert/error.h"
#include "tests/tokenizer/support.h"
#include "tokenizer/utf8.h"

namespace fbert::text_utf8_test {
namespace {

std::string repaired(std::string_view text) {
  std::string out;
  repair_utf8(text, out);
  return out;
}

const std::string kReplacement = "\xEF\xBF\xBD";

std::string replacements(size_t count) {
  std::string text;
  while (count-- > 0) text += kReplacement;
  return text;
}

TEST(TextUtf8, AcceptsTheBordersOfEveryLength) {
  for (const std::string_view good :
       {std::string_view("\0", 1), std::string_view("\x7F"), std::string_view("\xC2\x80"), std::string_view("\xDF\xBF"),
        std::string_view("\xE0\xA0\x80"), std::string_view("\xED\x9F\xBF"), std::string_view("\xEE\x80\x80"),
        std::string_view("\xEF\xBF\xBF"), std::string_view("\xF0\x90\x80\x80"), std::string_view("\xF4\x8F\xBF\xBF")}) {
    EXPECT_EQ(valid_utf8_prefix(good), good.size());
    std::string out;
    EXPECT_EQ(repair_utf8(good, out), 0U);
    EXPECT_EQ(out, good);
  }
}

struct BadSequence {
  std::string_view bytes;
  size_t replacements;  // maximal subparts
};

const std::vector<BadSequence>& bad_sequences() {
  static const std::vector<BadSequence> sequences = {
      {"\x80", 1},                      // continuation alone
      {"\xBF\x80", 2},                  //
      {"\xC0\x80", 2},                  // overlong NUL
      {"\xC1\xBF", 2},                  //
      {"\xC2", 1},                      // cut short
      {"\xC2\xC2\x80", 1},              // a lead instead of a continuation
      {"\xE0\x80\x80", 3},              // overlong
      {"\xE0\x9F\xBF", 3},              //
      {"\xE0\xA0", 1},                  // cut short: one maximal subpart
      {"\xED\xA0\x80", 3},              // surrogate
      {"\xED\xBF\xBF", 3},              //
      {"\xE4\xB8", 1},                  //
      {"\xE4", 1},                      //
      {"\xF0\x80\x80\x80", 4},          // overlong
      {"\xF0\x8F\xBF\xBF", 4},          //
      {"\xF0\x90\x80", 1},              // cut short
      {"\xF0\x9F\x98", 1},              //
      {"\xF4\x90\x80\x80", 4},          // above U+10FFFF
      {"\xF5\x80\x80\x80", 4},          // never a lead
      {"\xFE", 1},                      //
      {"\xFF\xFF", 2},                  //
      {"\xF8\x88\x80\x80\x80", 5},      // five-byte form of old
      {"\xE2\x82\xE2\x82\xAC", 1},      // a cut euro sign before a whole one
      {"\xF0\x9F\xF0\x9F\x98\x80", 1},  //
      {"\xF1\x80\x80\x41", 1},          // ASCII ends a sequence
      {"\xC3\x28", 1},                  //
  };
  return sequences;
}

TEST(TextUtf8, ReplacesEveryMaximalSubpart) {
  for (const BadSequence& bad : bad_sequences()) {
    SCOPED_TRACE(escaped(bad.bytes));
    std::string out;
    EXPECT_EQ(repair_utf8(bad.bytes, out), bad.replacements);
    EXPECT_EQ(valid_utf8_prefix(out), out.size());
  }
  EXPECT_EQ(repaired("a\xF0\x9F\x98z"), "a" + kReplacement + "z");
  EXPECT_EQ(repaired("\xED\xA0\x80"), replacements(3));
  EXPECT_EQ(repaired("\xE2\x82\xE2\x82\xAC"), kReplacement + "\xE2\x82\xAC");
  EXPECT_EQ(repaired("\x61\xF1\x80\x80\xE1\x80\xC2\x62\x80\x63\x80\xBF\x64"),  // Unicode 15, table 3-8
            "a" + replacements(3) + "b" + replacements(1) + "c" + replacements(2) + "d");
}

TEST(TextUtf8, FindsABadSequenceAtEveryOffsetAroundABlock) {
  for (const BadSequence& bad : bad_sequences()) {
    for (size_t offset = 0; offset < 72; ++offset) {
      for (const std::string_view filler : {"a", "\xC3\xA9"}) {
        std::string before;
        while (before.size() + filler.size() <= offset) before += filler;
        const std::string text = before + std::string(bad.bytes) + "tail";
        std::string out;
        EXPECT_EQ(valid_utf8_prefix(text), before.size());
        EXPECT_EQ(repair_utf8(text, out), bad.replacements);
      }
    }
  }
}

TEST(TextUtf8, DecodesAndEncodesEveryScalarValue) {
  for (char32_t c = 0; c <= 0x10FFFF; ++c) {
    if (c >= 0xD800 && c <= 0xDFFF) continue;
    char bytes[4];
    const std::string_view text(bytes, write_utf8(c, bytes));
    ASSERT_EQ(valid_utf8_prefix(text), text.size()) << std::hex << static_cast<uint32_t>(c);
    size_t position = 0;
    ASSERT_EQ(next_code_point(text, position), c);
    ASSERT_EQ(position, text.size());
    ASSERT_EQ(previous_code_point(text, position), c);
    ASSERT_EQ(position, 0U);
    ASSERT_EQ(count_code_points(text), 1U);
  }
}

TEST(InvalidUtf8, IsReplacedAndCounted) {
  const Tokenizer tokenizer = testing::from_vocab_txt(testing::small_vocabulary());
  const Encoding encoding = tokenizer.encode("the\xFF cat\xE2\x82 sat");
  EXPECT_EQ(encoding.invalid_utf8, 2);
  // U+FFFD is deleted by the normaliser; each replacement is one code point of the text.
  EXPECT_EQ(testing::tokens_of(tokenizer, encoding), (std::vector<std::string>{"[CLS]", "the", "cat", "sat", "[SEP]"}));
  EXPECT_EQ(encoding.offsets[2], (Offset{5, 8}));
  EXPECT_EQ(encoding.offsets[3], (Offset{10, 13}));
  EXPECT_EQ(tokenizer.encode_pair("\xFF", "\x80\x80").invalid_utf8, 3);
  EXPECT_EQ(tokenizer.encode("the cat").invalid_utf8, 0);
}

TEST(InvalidUtf8, IsRefusedWithItsOffsetWhenStrict) {
  const Tokenizer tokenizer = testing::from_vocab_txt(testing::small_vocabulary());
  EncodeOptions options;
  options.strict_utf8 = true;
  try {
    tokenizer.encode("the \xC3\xA9 \xED\xA0\x80", options);
    FAIL() << "accepted a surrogate";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kData);
    EXPECT_STREQ(error.what(), "invalid UTF-8 at byte 7");
  }
  EXPECT_NO_THROW(tokenizer.encode("the \xC3\xA9 \xEF\xBF\xBD", options));
}

TEST(InvalidUtf8, NulIsAnOrdinaryCharacter) {
  const Tokenizer tokenizer = testing::from_vocab_txt(testing::small_vocabulary());
  const Encoding encoding = tokenizer.encode(std::string_view("the\0 cat", 8));
  EXPECT_EQ(encoding.offsets[2], (Offset{5, 8}));
  EXPECT_EQ(encoding.invalid_utf8, 0);
}

}  // namespace
}  // namespace fbert::text_utf8_test
