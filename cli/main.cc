#include <cstdlib>

#include "cli/arguments.h"
#include "cli/command.h"
#include "cli/output.h"

int main(int argc, char** argv) {
  fbert::prepare_streams_and_signals();
  // Threads are fbert's matter. A library must leave the choice to its host; here is no other user of OpenBLAS, and one
  // that starts no threads is loaded sooner and takes larger products in one call.
  ::setenv("OPENBLAS_NUM_THREADS", "1", 1);
  fbert::ArgumentParser program("fbert", "Labels for texts from BERT-family classifiers, on CPUs.",
                                "fbert " FBERT_VERSION);
  const fbert::Command commands[] = {
      fbert::add_run(program),      fbert::add_eval(program),     fbert::add_compare(program),
      fbert::add_bench(program),    fbert::add_quantize(program), fbert::add_inspect(program),
      fbert::add_tokenize(program),
  };
  return fbert::run_command_line(program, commands, argc, argv);
}
