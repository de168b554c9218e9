#include "cli/report/table.h"

#include <gtest/gtest.h>

#include "data/format.h"

namespace fbert::table_test {
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

TEST(Table, MarkdownTakesTextsAsTheyAre) {
  EXPECT_EQ((Table{{{"text", true}}, {{"\\|<b> *a* `c`"}}}).markdown(),
            "| text                 |\n"
            "| -------------------- |\n"
            "| \\\\\\|\\<b> \\*a\\* \\`c\\` |\n");
}

TEST(Table, EscapesControlCharacters) {
  const Table table{{{"name", true}}, {{"a\x1B[31m\nb"}}};
  EXPECT_EQ(table.text(), "name\na\\u001b[31m\\nb\n");
}

const Table kNames{{{"name", true}, {"n"}, {"share"}}, {{"models/fine-tuned-on-everything-v1", "1", "0.5"}}};

TEST(Table, ShortensNamesInTheirMiddleWhereTheyDoNotFit) {
  EXPECT_EQ(kNames.text(40),
            "name                            n  share\n"
            "models/fi...d-on-everything-v1  1    0.5\n");
}

TEST(Table, PutsColumnsThatDoNotFitBelow) {
  EXPECT_EQ(kNames.text(24),
            "name               n\n"
            "mode...rything-v1  1\n"
            "\n"
            "name               share\n"
            "mode...rything-v1    0.5\n");
}

TEST(Table, FitsEveryWidth) {
  Table table{{{"name", true}, {"a"}, {"b"}, {"text", true}},
              {{"\xE4\xBD\xA0\xE5\xA5\xBD", "1", "22", "\xE4\xBD\xA0\xE5\xA5\xBD some words"},
               {"a-name-that-is-quite-long", "123456", "1", std::string(300, 'x')}}};
  for (const bool prose : {false, true}) {
    table.prose = prose;
    for (size_t width = 34; width < 200; ++width) {
      const std::string text = table.text(width);
      for (size_t begin = 0; begin < text.size();) {
        const size_t end = text.find('\n', begin);
        EXPECT_LE(display_width(std::string_view(text).substr(begin, end - begin)), width) << text;
        begin = end + 1;
      }
    }
  }
}

TEST(Table, PutsProseBelowItsRowWhereTheLineIsShort) {
  const Table table{{{"line"}, {"label", true}, {"text", true}}, {{"7", "yes", "one two three"}}, true};
  EXPECT_EQ(table.text(), "line  label  text\n   7  yes    one two three\n");
  EXPECT_EQ(table.text(20), "line  label\n   7  yes\n    one two three\n");
  EXPECT_EQ(table.text(10), "line 7, label\nyes\n    one two three\n");  // narrower than any sensible terminal
}

TEST(Terminal, FieldsGoOnBelowThemselves) {
  std::string out;
  append_field(out, "cpu", "one two three four", 6, 24);
  append_field(out, "path", "/a/path/that/is/longer/than/the/line", 6, 24);
  EXPECT_EQ(out,
            "cpu   one two three four\n"
            "path  /a/path/that/is/longer/than/the/line\n");
  out.clear();
  append_field(out, "cpu", "one two three four", 6, 23);
  EXPECT_EQ(out, "cpu   one two three\n      four\n");
}

TEST(Terminal, ParagraphsBreakAnywhereWhereThereAreNoSpaces) {
  std::string out;
  append_paragraph(
      out,
      "a \xE4\xBD\xA0\xE5\xA5\xBD\xE4\xBD\xA0\xE5\xA5\xBD\xE4\xBD\xA0\xE5\xA5\xBD\xE4\xBD\xA0\xE5\xA5\xBD\xE5\xA5\xBD "
      "b",
      2, 18);
  EXPECT_EQ(out,
            "  a\n"
            "  \xE4\xBD\xA0\xE5\xA5\xBD\xE4\xBD\xA0\xE5\xA5\xBD\xE4\xBD\xA0\xE5\xA5\xBD\xE4\xBD\xA0\xE5\xA5\xBD\n"
            "  \xE5\xA5\xBD b\n");
}

TEST(CutMiddle, KeepsBothEnds) {
  EXPECT_EQ(cut_middle_to_width("models/one", 10), "models/one");
  EXPECT_EQ(cut_middle_to_width("models/mine-v1", 12), "mod...ine-v1");
  for (size_t width = 3; width < 12; ++width) {
    const std::string cut =
        cut_middle_to_width("\xE4\xBD\xA0\xE5\xA5\xBDx\xE4\xBD\xA0\xE5\xA5\xBDxy\xE4\xBD\xA0", width);
    EXPECT_LE(display_width(cut), width) << cut;
  }
}

}  // namespace
}  // namespace fbert::table_test
