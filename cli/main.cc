#include <cstdlib>
#include <string>

#include "cli/arguments.h"
#include "cli/command.h"
#include "cli/output.h"
#include "fbert/version.h"

int main(int argc, char** argv) {
  fbert::prepare_streams_and_signals();
  // Threads are fbert's matter. A library must leave the choice to its host; here is no other user of OpenBLAS, and one
  // that starts no threads is loaded sooner and takes larger products in one call.
  ::setenv("OPENBLAS_NUM_THREADS", "1", 1);
  fbert::ArgumentParser program("fbert", fbert::kProgramDescription, std::string("fbert ").append(fbert::version()));
  return fbert::run_command_line(program, fbert::add_commands(program), argc, argv);
}
