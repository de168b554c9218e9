#include "data/format.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <nlohmann/json.hpp>

namespace fbert::format_test {
namespace {

using namespace std::string_literals;

TEST(JsonString, EscapesQuotesBackslashesAndControlCharacters) {
  EXPECT_EQ(json_string("a\"b\\c/\b\f\n\r\t\0\x1F"s + "\x7F"), R"("a\"b\\c/\b\f\n\r\t\u0000\u001f\u007f")");
  EXPECT_EQ(json_string("\xC2\x9B"
                        "31m"),
            R"("\u009b31m")");
}

TEST(JsonString, KeepsOtherUnicodeText) {
  EXPECT_EQ(json_string("\xC3\xA9\xE4\xBD\xA0\xF0\x9F\x98\x80"), "\"\xC3\xA9\xE4\xBD\xA0\xF0\x9F\x98\x80\"");
}

// The table of Unicode section 3.9: one U+FFFD for each maximal subpart.
TEST(JsonString, ReplacesIllFormedUtf8PerMaximalSubpart) {
  const std::string r = "\xEF\xBF\xBD";
  EXPECT_EQ(json_string("\x61\xF1\x80\x80\xE1\x80\xC2\x62\x80\x63\x80\xBF\x64"),
            "\"a" + r + r + r + "b" + r + "c" + r + r + "d\"");
  EXPECT_EQ(json_string("\xC0\xAF\xE0\x80\xBF\xF0\x81\x82\x41"), "\"" + r + r + r + r + r + r + r + r + "A\"");
  EXPECT_EQ(json_string("\xED\xA0\x80\xED\xBF"), "\"" + r + r + r + r + r + "\"");
  EXPECT_EQ(json_string("\xF4\x91\x92\x93\xFF\x41"), "\"" + r + r + r + r + r + "A\"");
  EXPECT_EQ(json_string("\xF0\x9F\x98"), "\"" + r + "\"");
}

TEST(JsonString, IsReadBackByAParserForEveryByte) {
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      const std::string text = {static_cast<char>(first), static_cast<char>(second)};
      const std::string back = nlohmann::json::parse(json_string(text)).get<std::string>();
      if (first >= 0x80 || second >= 0x80) continue;
      EXPECT_EQ(back, text);
    }
  }
}

TEST(JsonNumber, ReadsBackAsTheSameFloat) {
  uint32_t state = 1;
  for (int i = 0; i < 200'000; ++i) {
    state = state * 1664525u + 1013904223u;
    const auto value = std::bit_cast<float>(state);
    if (!std::isfinite(value)) continue;
    const std::string text = json_number(value);
    ASSERT_EQ(std::bit_cast<uint32_t>(std::strtof(text.c_str(), nullptr)), state) << text;
    ASSERT_TRUE(nlohmann::json::accept(text)) << text;
  }
}

TEST(JsonNumber, HasNineSignificantDigits) {
  EXPECT_EQ(json_number(0.1f), "0.100000001");
  EXPECT_EQ(json_number(1.0f), "1");
  EXPECT_EQ(json_number(-2.5e-8f), "-2.50000003e-08");
  EXPECT_EQ(json_number(-0.0f), "-0");
}

TEST(JsonNumber, WritesDoublesInTheirShortestForm) {
  EXPECT_EQ(json_number(0.1), "0.1");
  EXPECT_EQ(json_number(715 / 872.0), "0.819954128440367");
  EXPECT_TRUE(nlohmann::json::accept(json_number(1e300)));
}

TEST(JsonNumber, WritesNullForWhatJsonCannotSay) {
  EXPECT_EQ(json_number(std::numeric_limits<float>::infinity()), "null");
  EXPECT_EQ(json_number(std::nan("")), "null");
}

TEST(CsvField, IsQuotedWhereItHasToBe) {
  EXPECT_EQ(csv_field("plain text"), "plain text");
  EXPECT_EQ(csv_field(""), "");
  EXPECT_EQ(csv_field("a,b"), "\"a,b\"");
  EXPECT_EQ(csv_field("a;b"), "a;b");
  EXPECT_EQ(csv_field("a;b", ';'), "\"a;b\"");
  EXPECT_EQ(csv_field("say \"hi\""), "\"say \"\"hi\"\"\"");
  EXPECT_EQ(csv_field("a\nb"), "\"a\nb\"");
  EXPECT_EQ(csv_field("a\r"), "\"a\r\"");
}

TEST(TerminalText, EscapesWhatMovesTheCursorOrReordersText) {
  EXPECT_EQ(terminal_text("a\x1B[31m\n\t\0\x7F"s), "a\\u001b[31m\\n\\t\\u0000\\u007f");
  EXPECT_EQ(terminal_text("\xC2\x9B"
                          "31m"),
            "\\u009b31m");
  EXPECT_EQ(terminal_text("a\xE2\x80\xAE"
                          "b"),
            "a\\u202eb");
  EXPECT_EQ(terminal_text("\"q\" \\ \xC3\xA9 \xE4\xBD\xA0"), "\"q\" \\ \xC3\xA9 \xE4\xBD\xA0");
  EXPECT_EQ(terminal_text("\xFFz"), "\xEF\xBF\xBDz");
}

}  // namespace
}  // namespace fbert::format_test
