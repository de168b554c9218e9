#include "cli/command.h"

#include <array>
#include <exception>
#include <new>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "cli/arguments.h"
#include "cli/output.h"
#include "data/format.h"
#include "fbert/error.h"

namespace fbert {

namespace {

// What users call an option of the library: by its own name, but for these.
std::string option_of(const std::string& name) {
  static constexpr std::array<std::pair<std::string_view, const char*>, 4> kOthers = {
      {{"json_key", "--json-key or --task"},
       {"na_probabilities", "--na-probabilities"},
       {"renames", "--label-map"},
       {"strip_numeric_prefix", "--normalize-labels"}}};
  for (const auto& [other, option] : kOthers) {
    if (name == other) return option;
  }
  return "--" + name;
}

int fail(ErrorCode code, std::string_view message) {
  write_message(fmt::format("fbert: {}\n", terminal_text(message)));
  return static_cast<int>(code);
}

// Turns whatever `work` throws into an exit code; 0 when it does not throw.
template <typename Work>
int guarded(const Work& work) {
  try {
    work();
    return 0;
  } catch (const OutputClosed&) {
    return 0;
  } catch (const Interrupted& interrupted) {
    return 128 + interrupted.signal;
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

void run(const ParsedArguments& parsed, std::span<const Command> commands) {
  if (parsed.answer) return print(*parsed.answer);
  for (const Command& command : commands) {
    if (command.arguments == parsed.command) return command.run();
  }
  throw Error(ErrorCode::kUsage, "no command given; fbert --help lists them");
}

}  // namespace

std::vector<Command> add_commands(ArgumentParser& program) {
  return {add_run(program),      add_eval(program),    add_compare(program), add_bench(program),
          add_quantize(program), add_inspect(program), add_tokenize(program)};
}

int run_command_line(ArgumentParser& program, std::span<const Command> commands, int argc, const char* const* argv) {
  return guarded([&] { run(program.parse(argc, argv), commands); });
}

}  // namespace fbert
