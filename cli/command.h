#pragma once

#include <functional>
#include <span>

namespace CLI {
class App;
}

namespace fbert {

// A subcommand of the program: `app` holds its options, `run` does its work and reports failures by exceptions.
struct Command {
  CLI::App* app = nullptr;
  std::function<void()> run;
};

Command add_run(CLI::App& program);
Command add_eval(CLI::App& program);
Command add_compare(CLI::App& program);
Command add_bench(CLI::App& program);
Command add_quantize(CLI::App& program);
Command add_inspect(CLI::App& program);
Command add_tokenize(CLI::App& program);

// Parses the command line, runs the command it names, and maps every failure to one line on standard error and an exit
// code (docs/cli.md).
int run_command_line(CLI::App& program, std::span<const Command> commands, int argc, const char* const* argv);

}  // namespace fbert
