#pragma once

#include <string>

#include "cli/arguments.h"

// Scripts by which shells complete command lines, from the descriptions of commands and options.
namespace fbert {

std::string bash_completion(const ArgumentParser& program);
std::string zsh_completion(const ArgumentParser& program);
std::string fish_completion(const ArgumentParser& program);

}  // namespace fbert
