#include "cli/manual/man_page.h"

#include <fmt/format.h>

#include "cli/manual/summary.h"

namespace fbert {
namespace {

// Text in which roff sees no requests, escapes, or hyphens in place of the minus signs of options.
std::string roff(std::string_view text) {
  std::string out;
  if (text.starts_with('.') || text.starts_with('\'')) out += "\\&";
  for (const char c : text) {
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
  }
  return out;
}

std::string bold(std::string_view text) { return "\\fB" + roff(text) + "\\fR"; }
std::string italic(std::string_view text) { return "\\fI" + roff(text) + "\\fR"; }

std::string title(std::string_view page, std::string_view version, std::string_view summary) {
  std::string name(page);
  for (char& c : name) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return fmt::format(".TH {} 1 \"\" \"{}\" \"User Commands\"\n.SH NAME\n{} \\- {}\n", roff(name), roff(version),
                     roff(page), roff(summary));
}

std::string entry(std::string_view heading, std::string_view text) {
  return fmt::format(".TP\n{}\n{}\n", heading, roff(text));
}

std::string option_entry(const Option& option) {
  const std::string value = option.value_name();
  if (option.is_positional()) return entry(italic(option.name()) + value, option.description());
  if (option.is_flag()) return entry(bold(option.name()), option.description());
  return entry(bold(option.name()) + " " + italic(value), option.description());
}

std::string synopsis(const ArgumentParser& program, const ArgumentParser& command) {
  std::string out = bold(program.name() + " " + command.name());
  for (const Option& option : command.options()) {
    if (!option.is_positional() && option.is_required()) {
      out += " " + bold(option.name()) + " " + italic(option.value_name());
    }
  }
  out += " [" + italic("OPTION") + "]...";
  for (const Option& option : command.options()) {
    if (!option.is_positional()) continue;
    out += option.is_required() ? " " + italic(option.name())
                                : fmt::format(" [{}]{}", italic(option.name()), option.value_name());
  }
  return out + "\n";
}

constexpr std::string_view kEnvironment = R"(.SH ENVIRONMENT
.TP
.B FBERT_MODEL
The model where \fB\-\-model\fR is not given.
.TP
.B FBERT_ISA
The instruction set where \fB\-\-isa\fR is not given.
.TP
.B FBERT_BLAS
Whose products of floats where \fB\-\-blas\fR is not given.
.TP
.BR FBERT_NUM_THREADS ", " OMP_NUM_THREADS
The number of threads where \fB\-\-threads\fR is not given; the first one that is set.
.SH EXIT STATUS
.TP
.B 0
Success.
.TP
.B 1
Bad data or I/O, or a limit that was asked for is not kept.
.TP
.B 2
An option, argument or environment variable that cannot be honoured.
.TP
.B 3
A model or CPU that is not supported.
.TP
.B 70
A defect of the program.
)";

}  // namespace

std::string man_page(const ArgumentParser& program, std::string_view version) {
  std::string out = title(program.name(), version, "text classification with BERT models on CPUs");
  out += fmt::format(".SH SYNOPSIS\n{} {} [{}]... [{}]...\n.br\n{} {}|{}\n", bold(program.name()), italic("COMMAND"),
                     italic("OPTION"), italic("ARGUMENT"), bold(program.name()), bold("--help"), bold("--version"));
  out += ".SH DESCRIPTION\n" + roff(program.description()) + "\n.SH COMMANDS\n";
  for (const auto& command : program.commands()) {
    out += entry(bold(command->name()), summary(*command) + ".");
  }
  out += kEnvironment;
  out += ".SH SEE ALSO\n";
  for (const auto& command : program.commands()) {
    out += fmt::format(".BR {}\\-{} (1){}\n", roff(program.name()), roff(command->name()),
                       command == program.commands().back() ? "" : ",");
  }
  return out;
}

std::string man_page(const ArgumentParser& program, const ArgumentParser& command, std::string_view version) {
  std::string text = summary(command);
  std::string out = title(program.name() + "-" + command.name(), version, text);
  out += ".SH SYNOPSIS\n" + synopsis(program, command);
  out += ".SH DESCRIPTION\n" + roff(text) + ".\nDefaults stand in parentheses.\n";
  const std::string usage = example(command);
  if (!usage.empty()) out += ".PP\n.nf\n" + roff(usage) + "\n.fi\n";
  out += ".SH OPTIONS\n";
  for (const Option& option : command.options()) out += option_entry(option);
  out += entry(bold("-h") + ", " + bold("--help"), "Print the options and exit");
  return out + fmt::format(".SH SEE ALSO\n.BR {} (1)\n", roff(program.name()));
}

}  // namespace fbert
