#include "cli/manual/completion.h"

#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "cli/manual/summary.h"

namespace fbert {
namespace {

// What stands for a value follows from what help calls it.
bool is_file(const Option& option) { return option.value_name() == "FILE"; }
bool is_folder(const Option& option) { return option.value_name().starts_with("DIR"); }

// In single quotes, which none of the shells looks into. Each escapes a quote in its own way.
std::string quoted(std::string_view text, std::string_view escaped_quote) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += escaped_quote;
    } else {
      out += c;
    }
  }
  return out + "'";
}

std::string for_zsh(std::string_view text) { return quoted(text, "'\\''"); }
std::string for_fish(std::string_view text) { return quoted(text, "\\'"); }

// A pattern of bash's case for some options of a command: run:--input|run:--csv. "" for none.
template <typename Predicate>
std::string bash_pattern(const ArgumentParser& command, const Predicate& holds) {
  std::vector<std::string> names;
  for (const Option& option : command.options()) {
    if (!option.is_positional() && !option.is_flag() && holds(option)) {
      names.push_back(command.name() + ":" + option.name());
    }
  }
  return fmt::format("{}", fmt::join(names, "|"));
}

std::string bash_branch(const std::string& pattern, std::string_view action) {
  return pattern.empty() ? "" : fmt::format("    {}) {}return ;;\n", pattern, action);
}

std::string bash_values(const ArgumentParser& command) {
  std::string out;
  for (const Option& option : command.options()) {
    if (option.choices().empty()) continue;
    out += bash_branch(command.name() + ":" + option.name(),
                       fmt::format("_fbert_words \"{}\"; ", fmt::join(option.choices(), " ")));
  }
  out += bash_branch(bash_pattern(command, is_file), "_fbert_paths -f; ");
  out += bash_branch(bash_pattern(command, is_folder), "_fbert_paths -d; ");
  out += bash_branch(
      bash_pattern(command, [](const Option& o) { return o.choices().empty() && !is_file(o) && !is_folder(o); }), "");
  return out;
}

std::vector<std::string> option_names(const ArgumentParser& command) {
  std::vector<std::string> names;
  for (const Option& option : command.options()) {
    if (!option.is_positional()) names.push_back(option.name());
  }
  names.push_back("--help");
  return names;
}

std::vector<std::string> command_names(const ArgumentParser& program) {
  std::vector<std::string> names;
  for (const auto& command : program.commands()) names.push_back(command->name());
  return names;
}

// The text in an option's brackets, where zsh reads these characters.
std::string zsh_description(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string zsh_option(const Option& option) {
  const std::string description = zsh_description(option.description());
  if (option.is_positional()) {
    const char* prefix = option.is_repeatable() ? "*" : "";
    return fmt::format("{}:{}:{}", prefix, zsh_description(option.name()), option.is_repeatable() ? "" : "_files -/");
  }
  if (option.is_flag()) return fmt::format("{}[{}]", option.name(), description);
  std::string action;
  if (!option.choices().empty()) action = fmt::format("({})", fmt::join(option.choices(), " "));
  if (is_file(option)) action = "_files";
  if (is_folder(option)) action = "_files -/";
  return fmt::format("{}{}=[{}]:{}:{}", option.is_repeatable() ? "*" : "", option.name(), description,
                     zsh_description(option.value_name()), action);
}

std::string fish_option(const Option& option) {
  if (option.is_flag()) return "";
  if (!option.choices().empty()) return fmt::format(" -x -a '{}'", fmt::join(option.choices(), " "));
  if (is_file(option)) return " -r -F";
  return is_folder(option) ? " -x -a '(__fish_complete_directories)'" : " -x";
}

}  // namespace

std::string bash_completion(const ArgumentParser& program) {
  std::string values, options;
  for (const auto& command : program.commands()) {
    values += bash_values(*command);
    options += fmt::format("    {}) _fbert_words \"{}\" ;;\n", command->name(), fmt::join(option_names(*command), " "));
  }
  return fmt::format(R"(# bash completion for fbert

_fbert_words() {{
  mapfile -t COMPREPLY < <(compgen -W "$1" -- "${{COMP_WORDS[COMP_CWORD]}}")
}}

_fbert_paths() {{
  compopt -o filenames 2>/dev/null
  mapfile -t COMPREPLY < <(compgen "$1" -- "${{COMP_WORDS[COMP_CWORD]}}")
}}

_fbert() {{
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    _fbert_words "{} --help --version"
    return
  fi
  case ${{COMP_WORDS[1]}}:${{COMP_WORDS[COMP_CWORD - 1]}} in
{}  esac
  case ${{COMP_WORDS[1]}} in
{}  esac
}}

complete -F _fbert fbert
)",
                     fmt::join(command_names(program), " "), values, options);
}

std::string zsh_completion(const ArgumentParser& program) {
  std::string commands, branches;
  for (const auto& command : program.commands()) {
    commands += "    " + for_zsh(command->name() + ":" + zsh_description(summary(*command))) + "\n";
    branches += fmt::format("    {})\n      _arguments -S", command->name());
    for (const Option& option : command->options()) branches += " \\\n        " + for_zsh(zsh_option(option));
    branches += " \\\n        '--help[Print the options and exit]'\n      ;;\n";
  }
  return fmt::format(R"(#compdef fbert

_fbert() {{
  local -a commands=(
{}  )
  if ((CURRENT == 2)); then
    _describe command commands
    _values option '--help' '--version'
    return
  fi
  local command=$words[2]
  shift words
  ((CURRENT--))
  case $command in
{}  esac
}}

_fbert "$@"
)",
                     commands, branches);
}

std::string fish_completion(const ArgumentParser& program) {
  std::string out = "# fish completion for fbert\n\ncomplete -c fbert -f\n";
  out += "complete -c fbert -n __fish_use_subcommand -l help -d 'Print the commands and exit'\n";
  out += "complete -c fbert -n __fish_use_subcommand -l version -d 'Print the version and exit'\n";
  for (const auto& command : program.commands()) {
    out += fmt::format("complete -c fbert -n __fish_use_subcommand -a {} -d {}\n", command->name(),
                       for_fish(summary(*command)));
  }
  for (const auto& command : program.commands()) {
    const std::string prefix =
        fmt::format("complete -c fbert -n '__fish_seen_subcommand_from {}' -l ", command->name());
    for (const Option& option : command->options()) {
      if (option.is_positional()) continue;
      out += prefix + option.name().substr(2) + fish_option(option) + " -d " + for_fish(option.description()) + "\n";
    }
    out += prefix + "help -d 'Print the options and exit'\n";
  }
  return out;
}

}  // namespace fbert
