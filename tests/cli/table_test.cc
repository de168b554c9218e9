#include "cli/table.h"

#include <gtest/gtest.h>

#include "cli/format.h"

namespace fbert {
namespace {

TEST(DisplayWidth, CountsColumnsOfATerminal) {
  EXPECT_EQ(display_width("abc"), 3u);
  EXPECT_EQ(display_width("\xC3\xA9t\xC3\xA9"), 3u);         // precomposed letters
  EXPECT_EQ(display_width("e\xCC\x81"), 1u);                 // a combining accent
  EXPECT_EQ(display_width("\xE4\xBD\xA0\xE5\xA5\xBD"), 4u);  // two Chinese characters
  EXPECT_EQ(display_width("\xF0\x9F\x98\x80"), 2u);          // an emoji
  EXPECT_EQ(display_width("\xFF"), 1u);                      // shown as U+FFFD
  EXPECT_EQ(display_width(""), 0u);
}

TEST(Table, AlignsWideCharacters) {
  const Table table{{{"label", true}, {"rows"}},
                    {{"\xE4\xBD\xA0\xE5\xA5\xBD", "5"}, {"caf\xC3\xA9", "1234"}, {"e\xCC\x81", "7"}}};
  EXPECT_EQ(table.text(),
            "label  rows\n"
            "\xE4\xBD\xA0\xE5\xA5\xBD      5\n"
            "caf\xC3\xA9   1234\n"
            "e\xCC\x81         7\n");
}

TEST(Table, LeavesNoSpacesAtLineEnds) {
  EXPECT_EQ((Table{{{"a", true}, {"status", true}}, {{"x", ""}}}).text(), "a  status\nx\n");
}

TEST(Table, MarkdownMarksTheAlignmentAndEscapesBars) {
  const Table table{{{"name", true}, {"n"}}, {{"a|b", "1"}}};
  EXPECT_EQ(table.markdown(),
            "| name |   n |\n"
            "| ---- | --: |\n"
            "| a\\|b |   1 |\n");
}

TEST(Table, EscapesControlCharacters) {
  const Table table{{{"name", true}}, {{"a\x1B[31m\nb"}}};
  EXPECT_EQ(table.text(), "name\na\\u001b[31m\\nb\n");
}

}  // namespace
}  // namespace fbert
