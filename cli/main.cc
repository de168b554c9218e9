#include "cli/arguments.h"
#include "cli/command.h"
#include "cli/output.h"

int main(int argc, char** argv) {
  fbert::prepare_streams_and_signals();
  fbert::ArgumentParser program("fbert", fbert::kProgramDescription, "fbert " FBERT_VERSION);
  return fbert::run_command_line(program, fbert::add_commands(program), argc, argv);
}
