#pragma once

#include <string>
#include <string_view>

#include "cli/arguments.h"

// Man pages in roff, from the descriptions of commands and options.
namespace fbert {

// fbert.1: the commands, the environment, the exit codes.
std::string man_page(const ArgumentParser& program, std::string_view version);

// fbert-run.1 and the like: the options of a command.
std::string man_page(const ArgumentParser& program, const ArgumentParser& command, std::string_view version);

}  // namespace fbert
