#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace fbert::testing {

// How to start the program under test. Its environment is this process's without the variables of fbert, plus
// `environment`.
struct Launch {
  std::vector<std::string> arguments = {};
  std::string input = "";     // what standard input holds
  std::string output = "";    // a file for standard output; "": it is captured
  bool close_output = false;  // start with no standard output at all
  std::string errors = "";    // the same two for standard error
  bool close_errors = false;
  std::vector<std::string> environment = {};  // "NAME=value"
  std::filesystem::path program = {};         // {}: the fbert of this build
};

struct Outcome {
  int exit_code = -1;  // -1: ended by a signal
  std::string output;
  std::string errors;
  long peak_kib = 0;  // greatest resident memory
};

// Runs the program to its end.
Outcome launch(const Launch& launch);
Outcome run_fbert(std::vector<std::string> arguments, std::string input = "");

// Starts the program with standard output in a pipe, whose reading end is given out.
class PipedProgram {
 public:
  explicit PipedProgram(const Launch& launch);
  ~PipedProgram();
  PipedProgram(const PipedProgram&) = delete;
  PipedProgram& operator=(const PipedProgram&) = delete;

  std::string read_some();  // at least a byte; "" at the end
  void close_output();
  void signal(int number);
  Outcome wait();  // `output` is empty

 private:
  pid_t pid_ = -1;
  int output_fd_ = -1;
  int errors_fd_ = -1;
};

std::filesystem::path program_path();

}  // namespace fbert::testing
