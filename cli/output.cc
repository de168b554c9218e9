#include "cli/output.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <exception>
#include <string_view>
#include <system_error>
#include <utility>

#include "fbert/error.h"

namespace fbert {

namespace {

std::atomic<bool> writing{false};
std::atomic<bool> held{false};
std::atomic<int> pending_signal{0};
static_assert(std::atomic<bool>::is_always_lock_free && std::atomic<int>::is_always_lock_free);

// A second signal ends the program even in the middle of a line: whoever reads may never read on.
void end_or_wait_for_line_end(int signal) {
  if ((!writing && !held) || pending_signal.exchange(signal) != 0) ::_exit(128 + signal);
}

// 0, or the errno of what went wrong.
int write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count >= 0) {
      bytes.remove_prefix(static_cast<size_t>(count));
    } else if (errno == EAGAIN) {
      pollfd writable{.fd = fd, .events = POLLOUT, .revents = 0};
      ::poll(&writable, 1, -1);
    } else if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

}  // namespace

void Output::flush() {
  struct Guard {
    Guard() { writing = true; }
    ~Guard() {
      writing = false;
      if (const int signal = pending_signal; signal != 0) ::_exit(128 + signal);
    }
  } guard;
  const int error = write_all(STDOUT_FILENO, text_);
  if (error == EPIPE) throw OutputClosed();
  if (error != 0) {
    throw Error(ErrorCode::kData, "cannot write to standard output: " + std::generic_category().message(error));
  }
  text_.clear();
}

void write_result(std::string text) {
  Output output;
  output.text() = std::move(text);
  output.flush();
}

void write_result(std::string text, const std::function<void()>& write_files) {
  std::exception_ptr failure;
  try {
    write_files();
  } catch (const Error&) {
    failure = std::current_exception();
  }
  write_result(std::move(text));
  if (failure) std::rethrow_exception(failure);
}

void write_message(std::string_view text) { write_all(STDERR_FILENO, text); }

SignalsHeld::SignalsHeld() { held = true; }
SignalsHeld::~SignalsHeld() { held = false; }

void SignalsHeld::check() const {
  if (const int signal = pending_signal; signal != 0) throw Interrupted{signal};
}

void prepare_streams_and_signals() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(fd, F_GETFD) >= 0) continue;
    // open() takes the smallest free number, which is fd.
    if (::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd) ::_exit(1);
  }
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction action = {};
    ::sigaction(signal, nullptr, &action);
    if (action.sa_handler == SIG_IGN) continue;
    action = {};
    action.sa_handler = end_or_wait_for_line_end;
    action.sa_flags = SA_RESTART;
    ::sigaction(signal, &action, nullptr);
  }
}

}  // namespace fbert
