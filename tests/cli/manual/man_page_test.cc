#include "cli/manual/man_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/command.h"

namespace fbert::testing::man_page_test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ManPage : public ::testing::Test {
 protected:
  ManPage() { command_.add_option("--value", &value_, ".5 of \\ or -1").value_name("N"); }

  std::string page() const { return man_page(program_, command_, "fbert 1.2.3"); }

  std::string value_;
  bool flag_ = false;
  ArgumentParser program_{"fbert", "Answers.", "fbert 1.2.3"};
  ArgumentParser& command_ = program_.add_command("run", "Run a thing: fbert run --value 3");
};

TEST_F(ManPage, NamesTheCommandAndShowsItsExample) {
  EXPECT_THAT(page(), HasSubstr(".TH FBERT\\-RUN 1 \"\" \"fbert 1.2.3\""));
  EXPECT_THAT(page(), HasSubstr("fbert\\-run \\- Run a thing\n"));
  EXPECT_THAT(page(), HasSubstr("fbert run \\-\\-value 3\n"));
}

TEST_F(ManPage, DescribesOptionsWithoutLettingRoffReadThem) {
  EXPECT_THAT(page(), HasSubstr("\\fB\\-\\-value\\fR \\fIN\\fR\n\\&.5 of \\e or \\-1\n"));
}

TEST_F(ManPage, SynopsisHoldsWhatIsRequired) {
  EXPECT_THAT(page(), HasSubstr("\\fBfbert run\\fR [\\fIOPTION\\fR]...\n"));
  command_.add_option("--output", &value_, "There").value_name("DIR").required();
  command_.add_texts("TEXT", "Texts").value_name("...");
  EXPECT_THAT(page(), HasSubstr("\\fBfbert run\\fR \\fB\\-\\-output\\fR \\fIDIR\\fR [\\fIOPTION\\fR]... "
                                "[\\fITEXT\\fR]...\n"));
}

TEST_F(ManPage, OfTheProgramListsItsCommands) {
  const std::string program = man_page(program_, "fbert 1.2.3");
  EXPECT_THAT(program, HasSubstr(".TP\n\\fBrun\\fR\nRun a thing.\n"));
  EXPECT_THAT(program, HasSubstr(".BR fbert\\-run (1)\n"));
}

// An option that a page passes over, or describes by nothing, is one that nobody finds.
TEST(ManPages, DescribeEveryOption) {
  ArgumentParser program("fbert", kProgramDescription, "fbert 1");
  add_commands(program);
  ASSERT_EQ(program.commands().size(), 7U);
  for (const auto& command : program.commands()) {
    EXPECT_THAT(man_page(program, *command, "fbert 1"), Not(HasSubstr("\n\n")));
    for (const Option& option : command->options()) {
      EXPECT_FALSE(option.description().empty()) << option.name();
      EXPECT_TRUE(option.is_flag() || option.is_positional() || !option.value_name().empty()) << option.name();
    }
  }
}

}  // namespace
}  // namespace fbert::testing::man_page_test
