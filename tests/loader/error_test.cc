#include "fbert/error.h"

#include <gtest/gtest.h>

namespace fbert::error_test {
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

TEST(OptionErrorTest, NamesTheOptionAsTheCallerDoesOrAsAProgramWishes) {
  const OptionError error(ErrorCode::kUsage, "out: exists already; ", "force", " replaces it");
  EXPECT_EQ(error.code(), ErrorCode::kUsage);
  EXPECT_STREQ(error.what(), "out: exists already; force replaces it");
  EXPECT_EQ(error.name(), "force");
  EXPECT_EQ(error.message_with("--force"), "out: exists already; --force replaces it");
}

}  // namespace
}  // namespace fbert::error_test
