#include "tests/cli/program.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <string_view>

extern char** environ;

namespace fbert::testing {

namespace {

void check(bool ok, const char* what) {
  if (!ok) throw std::runtime_error(std::string(what) + " failed");
}

// An open file without a name.
int temporary_file(const std::string& content = "") {
  std::string name = (std::filesystem::temp_directory_path() / "fbert-test-XXXXXX").string();
  const int fd = ::mkostemp(name.data(), O_CLOEXEC);
  check(fd >= 0, "mkostemp");
  ::unlink(name.c_str());
  for (std::string_view rest = content; !rest.empty();) {
    const ssize_t count = ::write(fd, rest.data(), rest.size());
    check(count > 0, "write");
    rest.remove_prefix(static_cast<size_t>(count));
  }
  ::lseek(fd, 0, SEEK_SET);
  return fd;
}

std::string read_some_of(int fd) {
  std::array<char, 65536> buffer;
  const ssize_t count = ::read(fd, buffer.data(), buffer.size());
  check(count >= 0, "read");
  return {buffer.data(), static_cast<size_t>(count)};
}

std::string read_from_start(int fd) {
  ::lseek(fd, 0, SEEK_SET);
  std::string all;
  for (std::string part = read_some_of(fd); !part.empty(); part = read_some_of(fd)) all += part;
  return all;
}

std::vector<std::string> make_environment(const std::vector<std::string>& added) {
  std::vector<std::string> variables = added;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    if (!text.starts_with("FBERT_") && !text.starts_with("OMP_NUM_THREADS")) variables.emplace_back(text);
  }
  return variables;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> result;
  for (std::string& text : strings) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

pid_t spawn(const Launch& launch, int input, int output, int errors) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  const auto set_writable = [&actions](int number, bool closed, const std::string& file, int captured) {
    if (closed) {
      posix_spawn_file_actions_addclose(&actions, number);
    } else if (!file.empty()) {
      posix_spawn_file_actions_addopen(&actions, number, file.c_str(), O_WRONLY, 0);
    } else {
      posix_spawn_file_actions_adddup2(&actions, captured, number);
    }
  };
  set_writable(STDOUT_FILENO, launch.close_output, launch.output, output);
  set_writable(STDERR_FILENO, launch.close_errors, launch.errors, errors);

  const std::string program = (launch.program.empty() ? program_path() : launch.program).string();
  std::vector<std::string> arguments = launch.arguments;
  arguments.insert(arguments.begin(), program);
  std::vector<std::string> environment = make_environment(launch.environment);
  pid_t pid = -1;
  const int error =
      posix_spawn(&pid, program.c_str(), &actions, nullptr, pointers(arguments).data(), pointers(environment).data());
  posix_spawn_file_actions_destroy(&actions);
  check(error == 0, "posix_spawn");
  return pid;
}

Outcome wait_for(pid_t pid) {
  int status = 0;
  struct rusage usage = {};
  check(::wait4(pid, &status, 0, &usage) == pid, "wait4");
  Outcome outcome;
  if (WIFEXITED(status)) outcome.exit_code = WEXITSTATUS(status);
  outcome.peak_kib = usage.ru_maxrss;
  return outcome;
}

}  // namespace

std::filesystem::path program_path() { return FBERT_PROGRAM; }

Outcome launch(const Launch& launch) {
  const int input = temporary_file(launch.input);
  const int output = temporary_file();
  const int errors = temporary_file();
  Outcome outcome = wait_for(spawn(launch, input, output, errors));
  outcome.output = read_from_start(output);
  outcome.errors = read_from_start(errors);
  for (const int fd : {input, output, errors}) ::close(fd);
  return outcome;
}

Outcome run_fbert(std::vector<std::string> arguments, std::string input) {
  return launch({.arguments = std::move(arguments), .input = std::move(input)});
}

PipedProgram::PipedProgram(const Launch& launch) : errors_fd_(temporary_file()) {
  const int input = temporary_file(launch.input);
  int ends[2];
  check(::pipe2(ends, O_CLOEXEC) == 0, "pipe2");
  output_fd_ = ends[0];
  pid_ = spawn(launch, input, ends[1], errors_fd_);
  ::close(ends[1]);
  ::close(input);
}

PipedProgram::~PipedProgram() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  close_output();
  ::close(errors_fd_);
}

std::string PipedProgram::read_some() { return read_some_of(output_fd_); }

void PipedProgram::close_output() {
  if (output_fd_ >= 0) ::close(output_fd_);
  output_fd_ = -1;
}

void PipedProgram::signal(int number) { ::kill(pid_, number); }

Outcome PipedProgram::wait() {
  Outcome outcome = wait_for(pid_);
  pid_ = -1;
  outcome.errors = read_from_start(errors_fd_);
  return outcome;
}

}  // namespace fbert::testing
