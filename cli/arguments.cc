#include "cli/arguments.h"

#include <algorithm>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "cli/suggestion.h"
#include "fbert/error.h"
#include "loader/utf8.h"

namespace fbert {
namespace {

// Arguments that are texts: as many as are expected at least is as many as are taken.
constexpr int kMostArguments = 1 << 24;

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

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

// The command the user chose, or null.
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

}  // namespace

Option& Option::value_name(std::string name) {
  value_name_ = std::move(name);
  option_->option_text(value_name_);
  return *this;
}

Option& Option::not_empty() {
  option_->check([](const std::string& value) { return value.empty() ? "is empty" : ""; }, "");
  return *this;
}

Option& Option::path() {
  is_bytes_ = true;
  return *this;
}

Option& Option::integer(int64_t min, int64_t max) {
  option_->check(CLI::Range(min, max));
  return *this;
}

Option& Option::number(double min, double max) {
  option_->check(CLI::Range(min, max));
  return *this;
}

Option& Option::one_of(std::vector<std::string> choices) {
  choices_ = std::move(choices);
  option_->check(CLI::IsMember(choices_));
  return *this;
}

Option& Option::needs(Option& other) {
  option_->needs(other.option_);
  return *this;
}

Option& Option::excludes(Option& other) {
  option_->excludes(other.option_);
  return *this;
}

Option& Option::required() {
  is_required_ = true;
  option_->required();
  return *this;
}

Option& Option::repeatable() {
  is_repeatable_ = true;
  option_->allow_extra_args(false)->take_all();
  return *this;
}

size_t Option::count() const { return option_->count(); }

const std::vector<std::string>& Option::values() const { return option_->results(); }

ArgumentParser::ArgumentParser(std::string name, std::string description, std::string version)
    : program_(std::make_unique<CLI::App>(description, name)),
      app_(program_.get()),
      name_(std::move(name)),
      description_(std::move(description)) {
  app_->set_version_flag("--version", std::move(version));
  app_->require_subcommand(0, 1);
}

ArgumentParser::ArgumentParser(CLI::App& command, std::string name, std::string description)
    : app_(&command), name_(std::move(name)), description_(std::move(description)) {
  app_->formatter(std::make_shared<HelpFormatter>());
}

ArgumentParser::~ArgumentParser() = default;

ArgumentParser& ArgumentParser::add_command(std::string name, std::string description) {
  CLI::App& command = *app_->add_subcommand(name, description);
  commands_.push_back(
      std::unique_ptr<ArgumentParser>(new ArgumentParser(command, std::move(name), std::move(description))));
  return *commands_.back();
}

Option& ArgumentParser::keep(CLI::Option& option, const std::string& name, std::string description) {
  return options_.emplace_back(option, name, std::move(description));
}

Option& ArgumentParser::add_option(const std::string& name, OptionTarget target, std::string description) {
  const auto add = [&](auto& to) -> CLI::Option* {
    if constexpr (std::is_pointer_v<std::decay_t<decltype(to)>>) {
      return app_->add_option(name, *to, description);
    } else {
      return app_->add_option_function<std::string>(name, to, description);
    }
  };
  CLI::Option* option = std::visit(add, target);
  return keep(*option, name, std::move(description));
}

Option& ArgumentParser::add_flag(const std::string& name, FlagTarget target, std::string description) {
  const auto add = [&](auto& to) -> CLI::Option* {
    if constexpr (std::is_pointer_v<std::decay_t<decltype(to)>>) {
      return app_->add_flag(name, *to, description);
    } else {
      return app_->add_flag_callback(name, to, description);
    }
  };
  CLI::Option* option = std::visit(add, target);
  Option& flag = keep(*option, name, std::move(description));
  flag.is_flag_ = true;
  return flag;
}

Option& ArgumentParser::add_texts(const std::string& name, std::string description) {
  // Not bound to a vector: CLI11 would split the text "[a, b]" in two and take "{}" for no text.
  CLI::Option* option = app_->add_option(name)
                            ->description(description)
                            ->expected(name.starts_with("-") ? 1 : kMostArguments)
                            ->allow_extra_args(false)
                            ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  Option& texts = keep(*option, name, std::move(description));
  texts.is_bytes_ = true;
  texts.is_repeatable_ = true;
  return texts;
}

Option& ArgumentParser::option(std::string_view name) {
  const auto found = std::find_if(options_.begin(), options_.end(), [&](const Option& o) { return o.name_ == name; });
  if (found == options_.end()) throw Error(ErrorCode::kInternal, fmt::format("{}: no option {}", name_, name));
  return *found;
}

void ArgumentParser::check_values() const {
  for (const Option& option : options_) {
    if (option.is_positional() || option.is_bytes_) continue;  // texts are the tokenizer's business
    for (const std::string& value : option.values()) {
      if (valid_utf8_prefix(value) == value.size()) continue;
      throw Error(ErrorCode::kUsage, fmt::format("{}: {} is not valid UTF-8", option.name(), escaped(value)));
    }
  }
}

ParsedArguments ArgumentParser::parse(int argc, const char* const* argv) {
  try {
    app_->parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return {.answer = app_->help()};
  } catch (const CLI::CallForVersion& version) {
    return {.answer = version.what()};
  } catch (const CLI::ParseError& error) {
    const CLI::App* app = chosen(*app_);
    const std::string command = app != nullptr ? name_ + " " + app->get_name() : name_;
    throw Error(ErrorCode::kUsage, fmt::format("{} ({} --help explains)", describe(*app_, error), command));
  }
  for (const auto& command : commands_) {
    if (!app_->got_subcommand(command->app_)) continue;
    command->check_values();
    return {.command = command.get()};
  }
  return {};
}

}  // namespace fbert
