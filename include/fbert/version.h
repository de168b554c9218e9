#pragma once

#include "fbert/export.h"

// The version of these headers. CMake reads it from here, too.
#define FBERT_VERSION_MAJOR 0
#define FBERT_VERSION_MINOR 1
#define FBERT_VERSION_PATCH 0

namespace fbert {

// The version of the library that the program runs with: "0.1.0".
FBERT_API const char* version() noexcept;

}  // namespace fbert
