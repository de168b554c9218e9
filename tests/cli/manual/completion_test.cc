#include "cli/manual/completion.h"

#include <cstdio>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/command.h"
#include "loader/atomic_file.h"
#include "tests/support/paths.h"

namespace fbert::testing::completion_test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// What bash offers for the last of the words.
std::vector<std::string> offered(const std::string& words) {
  ArgumentParser program("fbert", kProgramDescription, "fbert 1");
  add_commands(program);
  const TemporaryFolder folder;
  replace_file(folder.path() / "fbert", bash_completion(program));
  const std::string script =
      "cd '" + folder.path().string() + "' && mkdir -p data && . ./fbert && COMP_WORDS=(" + words +
      ") && COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) && _fbert && printf '%s\\n' \"${COMPREPLY[@]}\"";
  replace_file(folder.path() / "script", script);
  std::FILE* pipe = popen(("bash --norc '" + (folder.path() / "script").string() + "'").c_str(), "r");
  std::vector<std::string> lines;
  char line[256];
  while (std::fgets(line, sizeof line, pipe) != nullptr) {
    lines.emplace_back(line);
    lines.back().pop_back();
  }
  EXPECT_EQ(pclose(pipe), 0);
  if (lines == std::vector<std::string>{""}) lines.clear();
  return lines;
}

TEST(BashCompletion, OffersCommands) {
  EXPECT_THAT(offered("fbert ''"),
              ElementsAre("run", "eval", "compare", "bench", "quantize", "inspect", "tokenize", "--help", "--version"));
  EXPECT_THAT(offered("fbert q"), ElementsAre("quantize"));
}

TEST(BashCompletion, OffersTheOptionsOfTheCommand) {
  EXPECT_THAT(offered("fbert run --all"), ElementsAre("--all-scores"));
  EXPECT_THAT(offered("fbert tokenize --all"), IsEmpty());
}

TEST(BashCompletion, OffersTheValuesOfTheOption) {
  EXPECT_THAT(offered("fbert run --format ''"), ElementsAre("table", "jsonl", "csv"));
  EXPECT_THAT(offered("fbert bench --format j"), ElementsAre("json", "jsonl"));
  EXPECT_THAT(offered("fbert run --threads ''"), IsEmpty());
}

TEST(BashCompletion, OffersFilesAndFoldersWhereTheyAreMeant) {
  EXPECT_THAT(offered("fbert run --input ''"), Contains("script"));
  EXPECT_THAT(offered("fbert run --model ''"), ElementsAre("data"));
}

TEST(ZshAndFishCompletion, EscapeWhatTheShellsRead) {
  ArgumentParser program("fbert", "", "");
  ArgumentParser& command = program.add_command("run", "Run: fbert run");
  std::string value;
  command.add_option("--value", &value, "The model's [value]: one").value_name("FILE");
  EXPECT_THAT(zsh_completion(program), HasSubstr(R"('--value=[The model'\''s \[value\]\: one]:FILE:_files')"));
  EXPECT_THAT(fish_completion(program), HasSubstr(R"(-l value -r -F -d 'The model\'s [value]: one')"));
  EXPECT_THAT(fish_completion(program), HasSubstr("-a run -d 'Run'\n"));
  EXPECT_THAT(zsh_completion(program), Not(HasSubstr("fbert run'")));
}

}  // namespace
}  // namespace fbert::testing::completion_test
