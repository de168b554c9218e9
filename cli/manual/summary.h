#pragma once

#include <string>

#include "cli/arguments.h"

namespace fbert {

// Of a description such as "Measure a model: fbert eval --csv FILE", what stands before and behind the colon that ends
// at the first "fbert"; without one, everything and "".
std::string summary(const ArgumentParser& command);
std::string example(const ArgumentParser& command);

}  // namespace fbert
