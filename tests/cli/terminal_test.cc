// The program on a terminal: a pseudo-terminal of a given width.
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>

#include <gmock/gmock.h>

#include "data/format.h"
#include "tests/cli/tiny_model_fixture.h"
#include "tests/support/sanitizers.h"

namespace fbert::testing::terminal_test {
namespace {

using ::testing::HasSubstr;

class Terminal {
 public:
  explicit Terminal(unsigned short columns) : fd_(::posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK)) {
    if (fd_ < 0 || ::grantpt(fd_) != 0 || ::unlockpt(fd_) != 0) throw std::runtime_error("no pseudo-terminal");
    name_ = ::ptsname(fd_);
    slave_ = ::open(name_.c_str(), O_RDWR | O_NOCTTY);  // or what is written is lost when the program closes it
    const winsize size{.ws_row = 24, .ws_col = columns, .ws_xpixel = 0, .ws_ypixel = 0};
    if (slave_ < 0 || ::ioctl(fd_, TIOCSWINSZ, &size) != 0) throw std::runtime_error("no pseudo-terminal");
  }
  ~Terminal() {
    ::close(slave_);
    ::close(fd_);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  const std::string& name() const { return name_; }

  // What was written to it so far; a few kilobytes fit.
  std::string shown() const {
    std::string text;
    char piece[4096];
    // It arrives in pieces, the last ones a little after they were written.
    for (pollfd ready{.fd = fd_, .events = POLLIN, .revents = 0}; ::poll(&ready, 1, 200) > 0;) {
      const ssize_t size = ::read(fd_, piece, sizeof(piece));
      if (size <= 0) break;
      text.append(piece, static_cast<size_t>(size));
    }
    return text;
  }

 private:
  int fd_;
  int slave_ = -1;
  std::string name_;
};

class TerminalTest : public ProgramTest {
 protected:
  std::string progress_of_eval(unsigned short columns, std::vector<std::string> environment = {"TERM=xterm"}) const {
    std::string rows = "text,label\n";
    for (int i = 0; i < 200'000; ++i) rows += "a b,0\n";
    const Terminal terminal(columns);
    const Outcome outcome =
        launch({.arguments = {"eval", "--model", model(), "--csv", write("a.csv", rows), "--threads", "1", "--header"},
                .errors = terminal.name(),
                .environment = std::move(environment)});
    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_THAT(outcome.output, HasSubstr("200000 rows\n"));
    return terminal.shown();
  }
};

// Every line between two returns fits, and the last one is wiped out.
void expect_lines_of(const std::string& shown, size_t columns) {
  ASSERT_TRUE(shown.ends_with("\r\033[K")) << shown;
  for (size_t begin = shown.find("\033[K"); begin != std::string::npos;) {
    const size_t end = std::min(shown.find('\r', begin), shown.size());
    EXPECT_LT(end - begin - 3, columns) << shown.substr(begin, end - begin);
    begin = shown.find("\033[K", end);
  }
}

TEST_F(TerminalTest, ShowsABarAndTheTimeLeft) {
#if FBERT_UNDER_ASAN || FBERT_UNDER_TSAN
  GTEST_SKIP() << "takes a minute with a sanitizer";
#endif
  const std::string shown = progress_of_eval(80);
  EXPECT_THAT(shown, HasSubstr("[##"));
  EXPECT_THAT(shown, HasSubstr(" %  ETA 0:0"));
  EXPECT_THAT(shown, HasSubstr(" rows  "));
  expect_lines_of(shown, 80);
}

TEST_F(TerminalTest, ShowsWhatFitsIntoANarrowOne) {
#if FBERT_UNDER_ASAN || FBERT_UNDER_TSAN
  GTEST_SKIP() << "takes a minute with a sanitizer";
#endif
  const std::string shown = progress_of_eval(20);
  EXPECT_THAT(shown, HasSubstr(" %  ETA 0:0"));
  expect_lines_of(shown, 20);
}

TEST_F(TerminalTest, TakesNoEscapesWhereTheyAreNotWanted) {
#if FBERT_UNDER_ASAN || FBERT_UNDER_TSAN
  GTEST_SKIP() << "takes a minute with a sanitizer";
#endif
  for (const char* variable : {"TERM=dumb", "NO_COLOR=1"}) EXPECT_EQ(progress_of_eval(80, {variable}), "") << variable;
}

TEST_F(TerminalTest, RunFitsTheTerminalHoweverNarrow) {
  const std::string rows = write("a.csv",
                                 "text,text_pair\na b c a b c a b c a b c a b c a b c,a\n"
                                 "\xE4\xBD\xA0\xE5\xA5\xBD \xE4\xBD\xA0\xE5\xA5\xBD,b c a b c a b c a b c a b c\n");
  const std::vector<unsigned short> widths = {300, 80, 40, 30, 20, 12, 7, 3, 1};
  for (const unsigned short columns : widths) {
    for (const std::vector<std::string>& more : std::vector<std::vector<std::string>>{
             {}, {"--all-scores"}, {"--all-scores", "--logits"}, {"--max-length", "5"}}) {
      std::vector<std::string> arguments = {"run", "--model", model(), "--input", rows};
      arguments.insert(arguments.end(), more.begin(), more.end());
      const Terminal terminal(columns);
      EXPECT_EQ(launch({.arguments = arguments, .output = terminal.name()}).exit_code, 0);
      const std::string shown = terminal.shown();
      for (size_t begin = 0; begin < shown.size();) {
        const size_t end = std::min(shown.find("\r\n", begin), shown.size());
        EXPECT_LE(display_width(shown.substr(begin, end - begin)), columns) << shown;
        begin = end + 2;
      }
    }
  }
}

TEST_F(TerminalTest, RunCutsNothingInAPipe) {
  std::string text = "a b";
  for (int i = 0; i < 100; ++i) text += " a b c";
  EXPECT_THAT(fbert("run", {text}).output, HasSubstr(text));
}

// Rows of tables do not wrap; a path does, and can be copied all the same.
TEST_F(TerminalTest, ReportsFitTheTerminal) {
  const std::string data =
      write("a.csv", "text,label\n\xE4\xBD\xA0\xE5\xA5\xBD a b c a b c a b c a b c,no\nb,yes\nc,2\n");
  TinyModel tiny;
  tiny.seed = 3;
  tiny.write(file("another-model-with-a-very-long-name"));
  const std::string other = file("another-model-with-a-very-long-name").string();
  for (const unsigned short columns : {uint16_t{80}, uint16_t{40}}) {
    const std::vector<std::vector<std::string>> commands = {
        {"compare", "fp32", other, "--model", model(), "--csv", data},
        {"eval", "--model", model(), "--variant", "fp32,int8," + other, "--csv", data, "--per-class"},
        {"inspect", "--cpu"}};
    for (const std::vector<std::string>& arguments : commands) {
      const Terminal terminal(columns);
      EXPECT_EQ(launch({.arguments = arguments, .output = terminal.name()}).exit_code, 0);
      const std::string shown = terminal.shown();
      for (size_t begin = 0; begin < shown.size();) {
        const size_t end = std::min(shown.find("\r\n", begin), shown.size());
        const std::string line = shown.substr(begin, end - begin);
        begin = end + 2;
        if (line.find('/') != std::string::npos) continue;
        EXPECT_LE(display_width(line), columns) << line;
      }
    }
  }
}

TEST_F(TerminalTest, ShowsNothingInAPipe) {
  EXPECT_EQ(fbert("eval", {"--csv", write("a.csv", "text,label\na,0\n"), "--header"}).errors, "");
}

}  // namespace
}  // namespace fbert::testing::terminal_test
