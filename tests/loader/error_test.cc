#include "loader/error.h"

#include <gtest/gtest.h>

#include "loader/utf8.h"

namespace fbert {
namespace {

using namespace std::string_literals;

TEST(Escaped, QuotesPlainText) {
  EXPECT_EQ(escaped(""), "''");
  EXPECT_EQ(escaped("bert.encoder"), "'bert.encoder'");
  EXPECT_EQ(escaped("gr\u00FC\u00DFe \u4F60\u597D \U0001F600"), "'gr\u00FC\u00DFe \u4F60\u597D \U0001F600'");
}

TEST(Escaped, EscapesWhatEndsTheQuotation) { EXPECT_EQ(escaped(R"(it's \ "so")"), R"('it\'s \\ "so"')"); }

TEST(Escaped, EscapesControlAndInvisibleCharacters) {
  EXPECT_EQ(escaped("a\nb\r\t\0\x1B\x7F"s), R"('a\nb\r\t\u0000\u001b\u007f')");
  EXPECT_EQ(escaped("\u0085\u00AD\u200B\u202E\u2028\u2066\uFEFF\U000E0041"),
            R"('\u0085\u00ad\u200b\u202e\u2028\u2066\ufeff\U000e0041')");
}

TEST(Escaped, EscapesEveryByteOfInvalidUtf8) {
  EXPECT_EQ(escaped("a\xFFz"), R"('a\xffz')");
  EXPECT_EQ(escaped("\xE4\xBD"), R"('\xe4\xbd')");
  EXPECT_EQ(escaped("\xED\xA0\x80"), R"('\xed\xa0\x80')");
}

TEST(Escaped, CutsLongTextBetweenCharacters) {
  EXPECT_EQ(escaped("abcdef", 6), "'abcdef'");
  EXPECT_EQ(escaped("abcdef", 5), "'abcde'... (6 bytes)");
  EXPECT_EQ(escaped("ab\u4F60", 4), "'ab'... (5 bytes)");
}

// Every scalar value, coded and read back, and every two-byte and surrogate form that must not be read.
TEST(Utf8, ReadsExactlyTheScalarValues) {
  for (uint32_t c = 0; c <= 0x10FFFF; ++c) {
    std::string text;
    append_utf8(text, c);
    const bool is_surrogate = c >= 0xD800 && c <= 0xDFFF;
    const CodePoint read = utf8_at(text, 0);
    ASSERT_EQ(read.length, is_surrogate ? 0 : text.size()) << c;
    ASSERT_EQ(read.value, is_surrogate ? 0 : c);
    ASSERT_EQ(utf8_at(std::string_view(text).substr(0, text.size() - 1), 0).length, 0u) << c;
  }
}

TEST(Utf8, RejectsMalformedSequences) {
  for (const std::string& text :
       {"\x80"s, "\xBF"s, "\xC0\x80"s, "\xC1\xBF"s, "\xC2"s, "\xC2\xC2"s, "\xE0\x80\x80"s, "\xE0\x9F\xBF"s,
        "\xED\xBF\xBF"s, "\xF0\x80\x80\x80"s, "\xF0\x8F\xBF\xBF"s, "\xF4\x90\x80\x80"s, "\xF5\x80\x80\x80"s,
        "\xF8\x88\x80\x80\x80"s, "\xFE"s, "\xFF"s}) {
    EXPECT_EQ(utf8_at(text, 0).length, 0u) << escaped(text);
  }
  EXPECT_EQ(utf8_at("", 0).length, 0u);
  EXPECT_EQ(utf8_at("a", 1).length, 0u);
}

}  // namespace
}  // namespace fbert
