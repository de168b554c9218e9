#include "loader/utf8.h"

#include <gtest/gtest.h>

#include "fbert/error.h"

namespace fbert::utf8_test {
namespace {

using namespace std::string_literals;

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

TEST(Utf8, MeasuresTheMaximalSubpart) {
  const auto expect_ill_formed = [](const std::string& text, size_t length) {
    SCOPED_TRACE(escaped(text));
    const Utf8Sequence sequence = utf8_sequence_at(text, 0);
    EXPECT_FALSE(sequence.well_formed);
    EXPECT_EQ(sequence.length, length);
    EXPECT_EQ(valid_utf8_prefix("ab\xC3\xA9" + text), 4u);
  };
  expect_ill_formed("\xC3", 1);
  expect_ill_formed("\xC3z", 1);
  expect_ill_formed("\xE4\xBD", 2);
  expect_ill_formed("\xE4\xBDz", 2);
  expect_ill_formed("\xE0\x9F\xBF", 1);  // overlong
  expect_ill_formed("\xED\xA0\x80", 1);  // a surrogate
  expect_ill_formed("\xF0\x9F\x98", 3);
  expect_ill_formed("\xF0\x9F\x98z", 3);
  expect_ill_formed("\xF0\x9F\x98\xC3", 3);
  expect_ill_formed("\xF0\x8F\xBF\xBF", 1);  // overlong
  expect_ill_formed("\xF4\x90\x80\x80", 1);  // above U+10FFFF
  expect_ill_formed("\x80\x80", 1);
  expect_ill_formed("\xFF", 1);
}

}  // namespace
}  // namespace fbert::utf8_test
