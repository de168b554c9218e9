#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

// What a command line may hold, and where it goes. The one place that knows CLI11, whose headers take longer to read
// than most of this program to compile.
namespace fbert {

// Where the value of an option goes, and what becomes true or is called for a flag, when it is given. Targets must
// outlive the parsing.
using OptionTarget =
    std::variant<std::string*, int*, int64_t*, size_t*, double*, std::optional<int64_t>*, std::optional<double>*,
                 std::vector<std::string>*, std::function<void(const std::string&)>>;
using FlagTarget = std::variant<bool*, std::function<void()>>;

// An option (--name VALUE), a flag (--name) or an argument (NAME) of a command, refined by chained calls.
class Option {
 public:
  Option(CLI::Option& option, std::string name, std::string description)
      : option_(&option), name_(std::move(name)), description_(std::move(description)) {}

  Option& value_name(std::string name);  // what help calls the value
  Option& not_empty();                   // "" is refused
  Option& path();                        // any bytes, UTF-8 or not
  Option& integer(int64_t min, int64_t max);
  Option& number(double min, double max);
  Option& one_of(std::vector<std::string> choices);
  Option& needs(Option& other);
  Option& excludes(Option& other);
  Option& required();
  Option& repeatable();  // each time with one value

  // As parsed, of an option without a target.
  size_t count() const;
  const std::vector<std::string>& values() const;

  const std::string& name() const { return name_; }
  const std::string& description() const { return description_; }
  const std::string& value_name() const { return value_name_; }
  const std::vector<std::string>& choices() const { return choices_; }
  bool is_positional() const { return !name_.starts_with("-"); }
  bool is_flag() const { return is_flag_; }
  bool is_repeatable() const { return is_repeatable_; }
  bool is_required() const { return is_required_; }

 private:
  friend class ArgumentParser;

  CLI::Option* option_;
  std::string name_;
  std::string description_;
  std::string value_name_;
  std::vector<std::string> choices_;
  bool is_flag_ = false;
  bool is_required_ = false;
  bool is_bytes_ = false;  // a text or a path, which need not be UTF-8
  bool is_repeatable_ = false;
};

struct ParsedArguments;

// The program, or one of its commands.
class ArgumentParser {
 public:
  ArgumentParser(std::string name, std::string description, std::string version);
  ~ArgumentParser();
  ArgumentParser(const ArgumentParser&) = delete;
  ArgumentParser& operator=(const ArgumentParser&) = delete;

  ArgumentParser& add_command(std::string name, std::string description);

  // `name` begins with -- for an option; without them it is an argument, given by its position.
  Option& add_option(const std::string& name, OptionTarget target, std::string description);
  Option& add_flag(const std::string& name, FlagTarget target, std::string description);
  // Texts, taken as they are, UTF-8 or not, and kept in values(): an option once for each, or all arguments.
  Option& add_texts(const std::string& name, std::string description);

  Option& option(std::string_view name);  // one that was added

  const std::string& name() const { return name_; }
  const std::string& description() const { return description_; }
  const std::deque<Option>& options() const { return options_; }
  const std::vector<std::unique_ptr<ArgumentParser>>& commands() const { return commands_; }

  // Throws kUsage for what the command line may not hold, with a hint at what was meant.
  ParsedArguments parse(int argc, const char* const* argv);

 private:
  ArgumentParser(CLI::App& command, std::string name, std::string description);
  Option& keep(CLI::Option& option, const std::string& name, std::string description);
  void check_values() const;

  std::unique_ptr<CLI::App> program_;  // null in a command
  CLI::App* app_;
  std::string name_;
  std::string description_;
  std::deque<Option> options_;  // whose addresses must last
  std::vector<std::unique_ptr<ArgumentParser>> commands_;
};

struct ParsedArguments {
  const ArgumentParser* command = nullptr;  // the command that is named; null: none
  std::optional<std::string> answer = {};   // to be printed instead: what --help or --version asks for
};

}  // namespace fbert
