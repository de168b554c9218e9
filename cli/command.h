#pragma once

#include <functional>
#include <span>
#include <vector>

namespace fbert {

class ArgumentParser;

// A command of the program: what `arguments` may hold, `run` does its work and reports failures by exceptions.
struct Command {
  const ArgumentParser* arguments = nullptr;
  std::function<void()> run;
};

Command add_run(ArgumentParser& program);
Command add_eval(ArgumentParser& program);
Command add_compare(ArgumentParser& program);
Command add_bench(ArgumentParser& program);
Command add_quantize(ArgumentParser& program);
Command add_inspect(ArgumentParser& program);
Command add_tokenize(ArgumentParser& program);

inline constexpr const char* kProgramDescription = "Labels for texts from BERT-family classifiers, on CPUs.";

// All of them, in the order of help.
std::vector<Command> add_commands(ArgumentParser& program);

// Parses the command line, runs the command it names, and maps every failure to one line on standard error and an exit
// code (docs/cli.md).
int run_command_line(ArgumentParser& program, std::span<const Command> commands, int argc, const char* const* argv);

}  // namespace fbert
