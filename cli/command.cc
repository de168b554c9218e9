#include "cli/command.h"

#include <algorithm>
#include <array>
#include <exception>
#include <memory>
#include <new>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "cli/options.h"
#include "cli/output.h"
#include "data/format.h"
#include "fbert/error.h"
#include "loader/utf8.h"

namespace fbert {

namespace {

size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0]++;
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t substituted = diagonal + (a[i] != b[j] ? 1 : 0);
      diagonal = row[j + 1];
      row[j + 1] = std::min({row[j] + 1, row[j + 1] + 1, substituted});
    }
  }
  return row.back();
}

// "; did you mean <nearest>?", or "" when no candidate is near.
std::string suggestion(std::string_view given, const std::vector<std::string>& candidates) {
  size_t best = std::max<size_t>(2, given.size() / 3) + 1;
  std::string text;
  for (const std::string& candidate : candidates) {
    const size_t distance = edit_distance(given, candidate);
    if (distance >= best) continue;
    best = distance;
    text = fmt::format("; did you mean {}?", candidate);
  }
  return text;
}

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

// What users call an option of the library: by its own name, but for these.
std::string option_of(const std::string& name) {
  static constexpr std::array<std::pair<std::string_view, const char*>, 3> kOthers = {
      {{"json_key", "--json-key or --task"},
       {"renames", "--label-map"},
       {"strip_numeric_prefix", "--normalize-labels"}}};
  for (const auto& [other, option] : kOthers) {
    if (name == other) return option;
  }
  return "--" + name;
}

// The subcommand the user chose, or null.
const CLI::App* chosen(const CLI::App& program) {
  const auto apps = program.get_subcommands();
  return apps.empty() ? nullptr : apps.front();
}

std::string describe_extras(const CLI::App& program) {
  const CLI::App* app = chosen(program);
  const std::vector<std::string> extras = program.remaining(true);
  const auto option =
      std::find_if(extras.begin(), extras.end(), [](const std::string& extra) { return extra.starts_with("-"); });
  if (option != extras.end()) {
    const std::string name = option->substr(0, option->find('='));
    return fmt::format("unknown option {}{}", name, suggestion(name, option_names(app != nullptr ? *app : program)));
  }
  if (extras.empty()) return "unexpected argument";
  if (app != nullptr) return fmt::format("unexpected argument {}", escaped(extras.front()));
  std::vector<std::string> names;
  for (const CLI::App* command : program.get_subcommands(nullptr)) names.push_back(command->get_name());
  return fmt::format("unknown command {}{}", escaped(extras.front()), suggestion(extras.front(), names));
}

std::string describe(const CLI::App& program, const CLI::ParseError& error) {
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) return describe_extras(program);
  const std::string message = error.what();
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr) {
    const std::string name = message.substr(0, message.find(':'));
    return name + (message.find("At Most") != std::string::npos ? " is given more than once" : " needs a value");
  }
  return message;
}

void check_option_values(const CLI::App& app) {
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_positional() || option->check_name(kPairOption)) continue;  // texts: the tokenizer's business
    for (const std::string& value : option->results()) {
      if (valid_utf8_prefix(value) == value.size()) continue;
      throw Error(ErrorCode::kUsage, fmt::format("{}: {} is not valid UTF-8", option->get_name(), escaped(value)));
    }
  }
}

void run_chosen(const CLI::App& program, std::span<const Command> commands) {
  for (const Command& command : commands) {
    if (!program.got_subcommand(command.app)) continue;
    check_option_values(*command.app);
    command.run();
    return;
  }
  throw Error(ErrorCode::kUsage, "no command given; fbert --help lists them");
}

// CLI11's help without its counts ("TEXT(16777216x)") and without the relations between options, which errors explain.
class HelpFormatter : public CLI::Formatter {
 public:
  std::string make_option_opts(const CLI::Option* option) const override {
    return option->get_option_text().empty() ? "" : " " + option->get_option_text();
  }
  std::string make_option_usage(const CLI::Option* option) const override {
    return "[" + option->get_name(true) + option->get_option_text() + "]";
  }
};

int fail(ErrorCode code, std::string_view message) {
  write_message(fmt::format("fbert: {}\n", terminal_text(message)));
  return static_cast<int>(code);
}

int fail_usage(const CLI::App& program, const CLI::ParseError& error) {
  const CLI::App* app = chosen(program);
  const std::string command = app != nullptr ? "fbert " + app->get_name() : "fbert";
  return fail(ErrorCode::kUsage, fmt::format("{} ({} --help explains)", describe(program, error), command));
}

// Turns whatever `work` throws into an exit code; 0 when it does not throw.
template <typename Work>
int guarded(const Work& work) {
  try {
    work();
    return 0;
  } catch (const OutputClosed&) {
    return 0;
  } catch (const OptionError& error) {
    return fail(error.code(), error.message_with(option_of(error.name())));
  } catch (const Error& error) {
    return fail(error.code(), error.what());
  } catch (const std::bad_alloc&) {
    return fail(ErrorCode::kData, "out of memory");
  } catch (const std::exception& error) {
    return fail(ErrorCode::kInternal, fmt::format("internal error: {}", error.what()));
  }
}

void print(std::string_view text) {
  Output output;
  output.text() = text;
  if (!text.ends_with('\n')) output.text() += '\n';
  output.flush();
}

}  // namespace

int run_command_line(CLI::App& program, std::span<const Command> commands, int argc, const char* const* argv) {
  program.require_subcommand(0, 1);
  for (const Command& command : commands) command.app->formatter(std::make_shared<HelpFormatter>());
  try {
    program.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return guarded([&] { print(program.help()); });
  } catch (const CLI::CallForVersion& version) {
    return guarded([&] { print(version.what()); });
  } catch (const CLI::ParseError& error) {
    return fail_usage(program, error);
  }
  return guarded([&] { run_chosen(program, commands); });
}

}  // namespace fbert
