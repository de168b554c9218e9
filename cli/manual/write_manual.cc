// Writes the man pages and the completion scripts that are installed with the program.
//   write_manual FOLDER     which gets man1/ bash/ zsh/ fish/
#include <exception>
#include <filesystem>
#include <string>

#include <fmt/format.h>

#include "cli/arguments.h"
#include "cli/command.h"
#include "cli/manual/completion.h"
#include "cli/manual/man_page.h"
#include "cli/output.h"
#include "fbert/version.h"
#include "loader/atomic_file.h"

namespace {

const std::string kVersion = std::string("fbert ").append(fbert::version());

void write(const std::filesystem::path& path, const std::string& text) {
  std::filesystem::create_directories(path.parent_path());
  fbert::replace_file(path, text);
}

void write_manual(const std::filesystem::path& folder) {
  fbert::ArgumentParser program("fbert", fbert::kProgramDescription, kVersion);
  fbert::add_commands(program);
  write(folder / "man1/fbert.1", man_page(program, kVersion));
  for (const auto& command : program.commands()) {
    write(folder / "man1" / fmt::format("fbert-{}.1", command->name()), man_page(program, *command, kVersion));
  }
  write(folder / "bash/fbert", bash_completion(program));
  write(folder / "zsh/_fbert", zsh_completion(program));
  write(folder / "fish/fbert.fish", fish_completion(program));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc != 2) throw std::runtime_error("usage: write_manual FOLDER");
    write_manual(argv[1]);
    return 0;
  } catch (const std::exception& error) {
    fbert::write_message(fmt::format("write_manual: {}\n", error.what()));
    return 1;
  }
}
